package server_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
)

// mailServer speaks enough SMTP to be greeted and to take a message.
type mailServer struct {
	replies map[string]string // by verb, in place of success
	tls     *tls.Config       // nil: it has no STARTTLS

	mu    sync.Mutex
	taken []string // the recipients of messages
	heard []string // the verbs
}

// startMail serves until the test ends, and returns host:port.
func startMail(t *testing.T, s *mailServer) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.hold(c)
		}
	}()
	return listener.Addr().String()
}

func (s *mailServer) hold(c net.Conn) {
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprint(c, "220 mail.test ESMTP\r\n")
	to, data, offers := "", false, s.tls != nil
	for in := bufio.NewScanner(c); in.Scan(); {
		line := in.Text()
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		reply, spoiled := s.replies[verb]
		s.mu.Lock()
		s.heard = append(s.heard, verb)
		switch {
		case spoiled:
		case verb == "EHLO" && offers:
			reply = "250-mail.test\r\n250 STARTTLS"
		case verb == "EHLO":
			reply = "250-mail.test\r\n250 AUTH PLAIN"
		case verb == "STARTTLS":
			reply = "220 go on"
		case verb == "AUTH":
			reply = "235 welcome"
		case verb == "RCPT":
			to, reply = line, "250 ok"
		case verb == "DATA":
			reply, data = "354 go on", true
		case line == ".":
			s.taken, reply, data = append(s.taken, to), "250 taken", false
		case verb == "QUIT":
			reply = "221 bye"
		case !data:
			reply = "250 ok"
		}
		s.mu.Unlock()
		if reply != "" { // else it is a line of the message
			_, _ = fmt.Fprintf(c, "%s\r\n", reply)
		}
		switch verb {
		case "STARTTLS":
			c, offers = tls.Server(c, s.tls), false
			in = bufio.NewScanner(c)
		case "QUIT":
			return
		}
	}
}

// all returns the recipients of messages, and the verbs that were heard.
func (s *mailServer) all() (taken, heard string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.taken, "\n"), strings.Join(s.heard, " ")
}
