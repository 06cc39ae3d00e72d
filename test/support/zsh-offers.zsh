# In the shell that is typed into: what compadd would offer is written to $RESULT instead of shown.
compadd() {
  # Calls that only fill arrays are the completion's own business.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a offers
  builtin compadd -A offers "$@"
  print -rl -- $offers >> $RESULT
}
offered() {
  print '==' >> $RESULT
  print 'off''ered'
}
# They are forgotten after each completion.
offer() {
  comppostfuncs=(offered)
  zle complete-word
}
zle -N offer
bindkey '^I' offer
