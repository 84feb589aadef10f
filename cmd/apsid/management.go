package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/demo"
	"github.com/apscloud/apsid/pkg/adminclient"
)

// management is how a command reaches the management API, and how it shows what comes back.
type management struct {
	API          string        `help:"URL of the management API, such as https://id.example/api/v1." env:"APSID_API_URL" placeholder:"URL" group:"Management API"`
	ClientID     string        `help:"The integration to act as." env:"APSID_API_CLIENT_ID" placeholder:"ID" group:"Management API"`
	ClientSecret config.Secret `help:"Its secret; better in the environment, where no list of processes shows it." env:"APSID_API_CLIENT_SECRET" placeholder:"SECRET" group:"Management API"`
	Demo         string        `help:"The demo.json of a running demo, instead of the three." env:"APSID_API_DEMO" placeholder:"FILE" group:"Management API"`
	JSON         bool          `help:"Print JSON, as the API has it." group:"Management API"`
}

// connect returns a client of the API.
func (m management) connect(ctx context.Context) (*adminclient.Client, error) {
	settings := adminclient.Config{API: m.API, ClientID: m.ClientID, ClientSecret: m.ClientSecret.Reveal(), UserAgent: "apsid"}
	if m.Demo != "" {
		text, err := os.ReadFile(m.Demo)
		if err != nil {
			return nil, &config.Problem{Key: "demo", Value: m.Demo, Text: "can't be read: " + err.Error()}
		}
		var manifest demo.Manifest
		if err := json.Unmarshal(text, &manifest); err != nil {
			return nil, &config.Problem{Key: "demo", Value: m.Demo, Text: "is no demo.json: " + err.Error()}
		}
		settings.API, settings.ClientID, settings.ClientSecret = manifest.AdminAPI.URL, manifest.AdminAPI.ClientID, manifest.AdminAPI.ClientSecret
	}
	for _, needed := range []struct{ key, value string }{{"api", settings.API}, {"client-id", settings.ClientID}, {"client-secret", settings.ClientSecret}} {
		if needed.value == "" {
			return nil, &config.Problem{Key: needed.key, Text: "is needed, or --demo"}
		}
	}
	return adminclient.New(ctx, settings)
}

// act carries out a call that returns nothing, and prints that it is done.
func (m management) act(ctx context.Context, out io.Writer, said string, do func(*adminclient.Client) error) error {
	client, err := m.connect(ctx)
	if err != nil {
		return err
	}
	if err := do(client); err != nil || m.JSON {
		return err
	}
	_, err = fmt.Fprintln(out, said)
	return err
}

// show prints one thing: as JSON, or as lines of names and values.
func show[T any](m management, out io.Writer, thing T, lines func(T) [][2]string) error {
	if m.JSON {
		return writeJSON(out, thing)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, line := range lines(thing) {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return table.Flush()
}

// list prints many things: each as one line of JSON, or as a table.
func list[T any](m management, out io.Writer, things func(func(T, error) bool), titles []string, cells func(T) []string) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if !m.JSON {
		if _, err := fmt.Fprintln(table, strings.Join(titles, "\t")); err != nil {
			return err
		}
	}
	for thing, err := range things {
		if err == nil && m.JSON {
			err = json.NewEncoder(out).Encode(thing)
		} else if err == nil {
			_, err = fmt.Fprintln(table, strings.Join(cells(thing), "\t"))
		}
		if err != nil {
			return err
		}
	}
	return table.Flush()
}

func writeJSON[T any](out io.Writer, thing T) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(thing)
}

// instant reads a time, or a day of which it is the first moment, in UTC; "" is none.
func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if when, err := time.Parse(layout, text); err == nil {
			return when, nil
		}
	}
	return time.Time{}, &config.Problem{Key: flag, Value: text, Text: "must be like 2027-03-31 or 2027-03-31T09:00:00+11:00"}
}

func moment(when time.Time) string {
	if when.IsZero() {
		return ""
	}
	return when.Local().Format("2006-01-02 15:04 MST")
}

func words(list []string) string { return strings.Join(list, " ") }

// given is a flag's value as an edit has it: nil if the flag was not given.
func given(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

// replaced is a list as an edit has it: nil if the flags give neither a list nor ask for an empty one.
func replaced(list []string, none bool) *[]string {
	if len(list) == 0 && !none {
		return nil
	}
	all := append([]string{}, list...)
	return &all
}
