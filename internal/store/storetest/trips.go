package storetest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Trips counts how often a program asked a server and waited for the answer.
type Trips struct {
	mu   sync.Mutex
	said []string
}

// Of returns how many trips do makes, if nothing else asks the server meanwhile.
func (t *Trips) Of(do func()) int64 { return int64(len(t.Said(do))) }

// Said returns what each of the trips of do asked: the beginning of its statement, or of its command.
func (t *Trips) Said(do func()) []string {
	t.mu.Lock()
	t.said = nil
	t.mu.Unlock()
	do()
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said
}

func (t *Trips) add(said string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, said)
}

// CountPostgres returns the URL of a way to the Postgres at address that counts: statements and, where several go together, packets of
// them. A look whether the server is there, which an idle connection takes, is none.
func CountPostgres(t testing.TB, address string) (string, *Trips) {
	return count(t, address, func() ask { return (&postgresAsk{prepared: map[string]string{}}).next })
}

// CountRedis returns the URL of a way to the Redis at address that counts commands and, where several go together, pipelines of them, except
// for those that greet it.
func CountRedis(t testing.TB, address string) (string, *Trips) {
	return count(t, address, func() ask { return redisAsk })
}

// ask reads the next of what a client sends, and returns what it asks; "" for what is not answered by itself.
type ask func(io.Reader) (said string, err error)

func count(t testing.TB, address string, begin func() ask) (string, *Trips) {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	host := target.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counted := &Trips{}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go counted.carry(client, host, begin())
		}
	}()
	target.Host = listener.Addr().String()
	return target.String(), counted
}

// carry connects the two. A trip is counted before the server gets it: so it is counted once its answer is there.
func (t *Trips) carry(client net.Conn, host string, next ask) {
	defer client.Close()
	server, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		_, _ = io.Copy(client, server)
	}()
	read := bufio.NewReaderSize(client, 1<<16)
	var together []string // what the client sends at once, and waits for once
	for {
		var sent bytes.Buffer
		said, err := next(io.TeeReader(read, &sent))
		if err != nil {
			return
		}
		if said != "" {
			together = append(together, said)
		}
		if len(together) > 0 && read.Buffered() == 0 {
			t.add(strings.Join(together, "; "))
			together = nil
		}
		if _, err := server.Write(sent.Bytes()); err != nil {
			return
		}
	}
}

// postgresAsk reads messages (PostgreSQL documentation, "Message Formats"): each Query and each Sync is answered.
type postgresAsk struct {
	started  bool
	prepared map[string]string // statements by name
	said     []string          // what was asked since the last Sync
}

func (p *postgresAsk) next(r io.Reader) (said string, err error) {
	kind := []byte{0}
	if p.started { // the first message has no type
		if _, err := io.ReadFull(r, kind); err != nil {
			return "", err
		}
	}
	p.started = true
	var length int32
	if err := binary.Read(r, binary.BigEndian, &length); err != nil {
		return "", err
	}
	var body strings.Builder
	if _, err := io.CopyN(&body, r, int64(length)-4); err != nil { // the length counts itself
		return "", err
	}
	texts := strings.Split(body.String(), "\x00")
	switch kind[0] {
	case 'Q':
		if !strings.Contains(texts[0], "-- ping") {
			return texts[0], nil
		}
	case 'P': // Parse: the name of a statement, and its text
		p.prepared[texts[0]] = texts[1]
		p.said = append(p.said, "prepare "+texts[1])
	case 'B': // Bind: the name of a portal, and that of a statement
		p.said = append(p.said, p.prepared[texts[1]])
	case 'S':
		said, p.said = strings.Join(p.said, "; "), nil
		return said, nil
	}
	return "", nil
}

// redisAsk reads a command (Redis serialization protocol): an array of texts.
func redisAsk(r io.Reader) (said string, err error) {
	parts, err := header(r)
	var all []string
	for part := 0; part < parts && err == nil; part++ {
		var length int
		if length, err = header(r); err != nil {
			return "", err
		}
		var text strings.Builder
		_, err = io.CopyN(&text, r, int64(length)+2)
		all = append(all, strings.TrimSuffix(text.String(), "\r\n"))
	}
	if len(all) == 0 || strings.EqualFold(all[0], "hello") || strings.EqualFold(all[0], "client") {
		return "", err
	}
	return strings.Join(all[:min(len(all), 4)], " "), err
}

// header reads a line of a letter and a number.
func header(r io.Reader) (int, error) {
	var line []byte
	for next := []byte{0}; next[0] != '\n'; line = append(line, next[0]) {
		if _, err := io.ReadFull(r, next); err != nil {
			return 0, err
		}
	}
	return strconv.Atoi(strings.TrimSpace(string(line[1:])))
}
