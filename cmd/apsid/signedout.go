package main

import (
	"context"
	"io"
	"strconv"

	"github.com/apscloud/apsid/pkg/adminclient"
)

// counted asks how many sessions an act ends.
type counted func(*adminclient.Client) (adminclient.SessionCount, error)

// actOnMany is act for what ends the sessions of many: it says of how many. A token that may act but not look does it without the number.
func (m management) actOnMany(ctx context.Context, out io.Writer, said string, count counted, do func(*adminclient.Client) error) error {
	client, err := m.connect(ctx)
	if err != nil {
		return err
	}
	if ends, err := count(client); err == nil {
		said += "; " + signedOut(ends)
	}
	return m.act(ctx, out, said, do)
}

// signedOut says how many sessions an act ends.
func signedOut(ends adminclient.SessionCount) string {
	if ends.More {
		return "more than 10000 sessions end"
	}
	verb := " end"
	if ends.Sessions == 1 {
		verb = " ends"
	}
	return number(ends.Sessions, "session", "sessions") + " of " + number(ends.People, "person", "people") + verb
}

func number(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}
