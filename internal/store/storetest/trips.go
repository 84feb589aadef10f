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
	"sync/atomic"
	"testing"
)

// Trips counts how often a program asked a server and waited for the answer.
type Trips struct{ n atomic.Int64 }

// Of returns how many trips do makes, if nothing else asks the server meanwhile.
func (t *Trips) Of(do func()) int64 {
	before := t.n.Load()
	do()
	return t.n.Load() - before
}

// CountPostgres returns the URL of a way to the Postgres at address that counts: statements and, where several go together, packets of
// them. A look whether the server is there, which an idle connection takes, is none.
func CountPostgres(t testing.TB, address string) (string, *Trips) {
	return count(t, address, func() ask { return (&postgresAsk{}).next })
}

// CountRedis returns the URL of a way to the Redis at address that counts commands, except for those that greet it.
func CountRedis(t testing.TB, address string) (string, *Trips) {
	return count(t, address, func() ask { return redisAsk })
}

// ask reads the next of what a client sends, and says whether it is a trip.
type ask func(io.Reader) (trip bool, err error)

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
	read := bufio.NewReader(client)
	for {
		var sent bytes.Buffer
		trip, err := next(io.TeeReader(read, &sent))
		if err != nil {
			return
		}
		if trip {
			t.n.Add(1)
		}
		if _, err := server.Write(sent.Bytes()); err != nil {
			return
		}
	}
}

// postgresAsk reads messages (PostgreSQL documentation, "Message Formats"): each Query and each Sync is answered.
type postgresAsk struct{ started bool }

func (p *postgresAsk) next(r io.Reader) (trip bool, err error) {
	kind := []byte{0}
	if p.started { // the first message has no type
		if _, err := io.ReadFull(r, kind); err != nil {
			return false, err
		}
	}
	p.started = true
	var length int32
	if err := binary.Read(r, binary.BigEndian, &length); err != nil {
		return false, err
	}
	var body strings.Builder
	if _, err := io.CopyN(&body, r, int64(length)-4); err != nil { // the length counts itself
		return false, err
	}
	return kind[0] == 'S' || kind[0] == 'Q' && !strings.Contains(body.String(), "-- ping"), nil
}

// redisAsk reads a command (Redis serialization protocol): an array of texts.
func redisAsk(r io.Reader) (trip bool, err error) {
	parts, err := header(r)
	name := ""
	for part := 0; part < parts && err == nil; part++ {
		var length int
		if length, err = header(r); err != nil {
			return false, err
		}
		var text strings.Builder
		_, err = io.CopyN(&text, r, int64(length)+2)
		if part == 0 {
			name = strings.ToLower(strings.TrimSpace(text.String()))
		}
	}
	return name != "hello" && name != "client", err
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
