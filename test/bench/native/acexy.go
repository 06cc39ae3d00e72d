// acexy's way of handing a stream out, re-enacted for the bench in a program of our own.
//
//	acexy -port PORT -engine PORT [-engine …] -design fixed|head [-buffer BYTES]
//
// Re-enacted is what its data plane does to every byte: Go's net/http on both sides; one upstream for each stream,
// opened for its first client and stopped after its last; every piece is given to all clients at once, each in a
// goroutine that is started for it, and the next piece is handed out when the slowest of them has taken this one.
//   - head: pieces of 32 KiB are gathered in a buffer of 4.2 MiB (its default), which is handed out when it is full.
//   - fixed: whatever one read of the upstream gives is copied through that buffer and flushed at once.
//
// Left out: the orchestrator, choosing an engine and counting its streams (stream number id goes to engine id mod
// engines), its timers, logs and status page; and its faults: here a client that leaves is taken from the list, while
// there it may end the stream for everybody.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
)

const copyBytes = 32 << 10

// client is a response that pieces are written to.
type client struct {
	response http.ResponseWriter
	flush    func()
	gone     chan struct{}
	once     sync.Once
}

func (c *client) take(piece []byte) {
	if _, err := c.response.Write(piece); err != nil {
		c.once.Do(func() { close(c.gone) })
		return
	}
	c.flush()
}

// audience is a stream's clients. It is an io.Writer that returns when all of them have taken the piece.
type audience struct {
	mutex   sync.RWMutex
	clients map[*client]bool
}

func (a *audience) Write(piece []byte) (int, error) {
	a.mutex.RLock()
	defer a.mutex.RUnlock()
	var all sync.WaitGroup
	for one := range a.clients {
		all.Add(1)
		go func(one *client) {
			defer all.Done()
			one.take(piece)
		}(one)
	}
	all.Wait()
	return len(piece), nil
}

type stream struct {
	audience audience
	body     io.ReadCloser
	command  string
	count    int
}

type proxy struct {
	engines []int
	design  string
	buffer  int
	mutex   sync.Mutex
	streams map[string]*stream
}

// openPlayback starts a session on the stream's engine: its playback and its command URL. The id has 40 digits.
func (p *proxy) openPlayback(id string) (io.ReadCloser, string, error) {
	number, err := strconv.ParseInt(id[len(id)-6:], 16, 64)
	if err != nil {
		return nil, "", err
	}
	engine := p.engines[int(number)%len(p.engines)]
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/ace/getstream?id=%s&format=json", engine, id))
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	var session struct {
		Response struct {
			Playback string `json:"playback_url"`
			Command  string `json:"command_url"`
		} `json:"response"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&session); err != nil {
		return nil, "", err
	}
	playback, err := http.Get(session.Response.Playback)
	if err != nil {
		return nil, "", err
	}
	return playback.Body, session.Response.Command, nil
}

func (p *proxy) copy(s *stream) {
	buffered := bufio.NewWriterSize(&s.audience, p.buffer)
	if p.design == "head" {
		// Hidden behind a plain writer, or the copy would read into the buffer itself.
		io.CopyBuffer(struct{ io.Writer }{buffered}, s.body, make([]byte, copyBytes))
		return
	}
	piece := make([]byte, p.buffer)
	for {
		count, err := s.body.Read(piece)
		buffered.Write(piece[:count])
		buffered.Flush()
		if err != nil {
			return
		}
	}
}

// join adds a client to the stream of that id; the first one starts it.
func (p *proxy) join(id string, one *client) (*stream, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	s := p.streams[id]
	if s == nil {
		body, command, err := p.openPlayback(id)
		if err != nil {
			return nil, err
		}
		s = &stream{body: body, command: command, audience: audience{clients: map[*client]bool{}}}
		p.streams[id] = s
		s.audience.clients[one] = true
		s.count = 1
		go p.copy(s)
		return s, nil
	}
	s.count++
	s.audience.mutex.Lock()
	s.audience.clients[one] = true
	s.audience.mutex.Unlock()
	return s, nil
}

func (p *proxy) leave(id string, s *stream, one *client) {
	s.audience.mutex.Lock()
	delete(s.audience.clients, one)
	s.audience.mutex.Unlock()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	s.count--
	if s.count > 0 {
		return
	}
	delete(p.streams, id)
	s.body.Close()
	if answer, err := http.Get(s.command + "?method=stop"); err == nil {
		answer.Body.Close()
	}
}

func (p *proxy) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	id := request.URL.Query().Get("id")
	flusher, canFlush := response.(http.Flusher)
	if len(id) != 40 || !canFlush {
		http.Error(response, "no such stream", http.StatusBadRequest)
		return
	}
	one := &client{response: response, flush: flusher.Flush, gone: make(chan struct{})}
	response.Header().Set("Content-Type", "video/MP2T")
	s, err := p.join(id, one)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadGateway)
		return
	}
	defer p.leave(id, s, one)
	select {
	case <-request.Context().Done():
	case <-one.gone:
	}
}

func main() {
	p := &proxy{streams: map[string]*stream{}}
	port := flag.Int("port", 0, "port on 127.0.0.1")
	flag.StringVar(&p.design, "design", "fixed", "fixed or head")
	flag.IntVar(&p.buffer, "buffer", 4404019, "bytes of a stream's buffer")
	flag.Func("engine", "port of an engine; may be repeated", func(text string) error {
		engine, err := strconv.Atoi(text)
		p.engines = append(p.engines, engine)
		return err
	})
	flag.Parse()
	if *port == 0 || len(p.engines) == 0 || (p.design != "fixed" && p.design != "head") {
		log.Fatal(errors.New("-port, -engine and -design fixed|head are needed"))
	}
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	log.Fatal(http.Serve(listener, p))
}
