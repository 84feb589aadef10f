package demo

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// Summary tells a newcomer what to click.
func (d *Demo) Summary(w io.Writer) error {
	m := d.Manifest
	var text strings.Builder
	fmt.Fprintf(&text, "\nAPS ID is ready: %s\n\n", m.Issuer)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, app := range m.Apps {
		fmt.Fprintf(table, "  %s\t%s\n", app.Name, app.URL)
	}
	fmt.Fprintf(table, "  Inbox (text messages and mail)\t%s\n", m.InboxURL)
	fmt.Fprintf(table, "\nSign in as\twith the password\n")
	for _, p := range append(m.Users, m.Staff...) {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", p.Username, p.Password, p.Note)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "\nKeys of authenticator apps and client secrets: %s\n\n", filepath.Join(d.config.StateDir, ManifestName))
	_, err := io.WriteString(w, text.String())
	return err
}
