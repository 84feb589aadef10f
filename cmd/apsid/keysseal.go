package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
)

// sealCommand is about the keys that seal secrets at rest.
type sealCommand struct {
	List    sealList    `cmd:"" help:"List the keys, what each sealed, and which nodes hold them."`
	New     sealNew     `cmd:"" help:"Make a keyset, for a new installation."`
	Add     sealAdd     `cmd:"" help:"Round one: add a key that opens and does not seal yet; then give the keyset to every node."`
	Promote sealPromote `cmd:"" help:"Round two: seal with a key that was added, and that every node holds; then give the keyset to every node."`
	Reseal  sealReseal  `cmd:"" help:"Seal what is stored again with the key that seals now, beside running nodes; may be interrupted."`
	Retire  sealRetire  `cmd:"" help:"Remove a key with which nothing is sealed any more."`
	Rewrap  sealRewrap  `cmd:"" help:"Encrypt the keyset anew under the first key-encryption key of --seal-kek, whichever it was encrypted under."`
}

// sealPlaces is where the keyset is, and the stores with what it sealed.
type sealPlaces struct {
	config.Stores `embed:""`
}

// read finds the keyset.
func (p *sealPlaces) read() (keyset, error) {
	places, err := p.Complete()
	if err != nil {
		return keyset{}, err
	}
	k := keyset{places: places, source: server.SealSource(places.Vault)}
	k.text, err = k.source.Read()
	return k, err
}

// open finds the keyset and opens it.
func (p *sealPlaces) open(ctx context.Context) (keyset, error) {
	k, err := p.read()
	if err != nil {
		return keyset{}, err
	}
	k.keys, err = k.source.Parse(ctx, k.text)
	return k, err
}

type sealList struct {
	sealPlaces `embed:""`
}

// Run implements the command. It changes nothing.
func (c *sealList) Run(ctx context.Context, s streams) (err error) {
	k, err := c.open(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	defer func() { err = errors.Join(err, table.Flush()) }()
	stores, err := server.OpenSealing(ctx, k.places, k.keys)
	if errors.Is(err, fs.ErrNotExist) { // before the first start
		return printKeys(table, k.keys.Keys(), nil)
	}
	if err != nil {
		return errors.Join(printKeys(table, k.keys.Keys(), nil), err)
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	counts, err := stores.Counts(ctx)
	if err != nil {
		return err
	}
	nodes, err := stores.Nodes(ctx, time.Now())
	if err != nil {
		return err
	}
	return errors.Join(printKeys(table, k.keys.Keys(), counts), printNodes(table, nodes))
}

func printKeys(w *tabwriter.Writer, keys []seal.Key, counts []server.SealedCount) error {
	_, err := fmt.Fprintln(w, "KEY\tSTATUS\tSEALED")
	for _, k := range keys {
		_, line := fmt.Fprintf(w, "%d\t%s\t%s\n", k.ID, status(k), sealedBy(counts, k.ID))
		err = errors.Join(err, line)
	}
	for _, c := range counts {
		if !slices.ContainsFunc(keys, func(k seal.Key) bool { return k.ID == c.Key }) {
			_, line := fmt.Fprintf(w, "%d\tnot in the keyset\t%d %s\n", c.Key, c.Values, c.Place)
			err = errors.Join(err, line)
		}
	}
	return err
}

func status(k seal.Key) string {
	switch {
	case k.Primary:
		return "seals"
	case k.Opens:
		return "opens"
	default:
		return "disabled"
	}
}

func sealedBy(counts []server.SealedCount, id uint32) string {
	var parts []string
	for _, c := range counts {
		if c.Key == id {
			parts = append(parts, fmt.Sprintf("%d %s", c.Values, c.Place))
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func printNodes(w *tabwriter.Writer, nodes []server.RunningNode) error {
	_, err := fmt.Fprintln(w, "\nNODE\tSEALS WITH\tHOLDS\tSEEN")
	for _, n := range nodes {
		held := make([]string, len(n.Holds))
		for i, id := range n.Holds {
			held[i] = strconv.FormatUint(uint64(id), 10)
		}
		_, line := fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", n, n.Seals, strings.Join(held, ", "), n.Seen.UTC().Format(time.RFC3339))
		err = errors.Join(err, line)
	}
	return err
}
