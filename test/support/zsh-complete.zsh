# Types lines into a real zsh on a pseudo-terminal, presses Tab after each, and writes what is offered to a file.
#   zsh -f zsh-complete.zsh SCRIPT RESULT "aceslot con" …
# Completion functions work in the line editor only, so there has to be one. The result goes to a file, one offer a
# line and "==" after each answer, since the terminal shows echoes and escapes as well.
zmodload zsh/zpty
script=$1 result=$2
shift 2
zpty editor "RESULT=${(q)result} PROMPT='' zsh -f -i"
zpty -w editor "autoload -Uz compinit && compinit -u -D; source ${(q)script}; source ${(q)0:A:h}/zsh-offers.zsh; print rea''dy"
zpty -r -m editor answer '*ready*' || exit 1
for line; do
  zpty -n -w editor "$line"$'\t'
  zpty -r -m editor answer '*offered*' || exit 1
  zpty -n -w editor $'\C-u'
done
zpty -d editor
