package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

var (
	fapiSoon = fault{Note, "FAPI 2.0 is required soon of clients that cannot keep it yet: %s", "mend what each lacks (apsid client explain ID): from its day on a client is refused until that is done"}
	fapiDue  = fault{Fail, "FAPI 2.0 is required of clients that cannot keep it, so that they are refused: %s", "apsid client explain ID says what each lacks; apsid client edit ID --require-fapi2 none puts the day off"}
)

// examineFAPI names the clients that have to keep FAPI 2.0 from a day on, and lack something of it.
func examineFAPI(ctx context.Context, x *examined) (findings []Finding) {
	clients, err := listKeepers(ctx, x)
	if err != nil {
		return []Finding{badApps.found(reason(err))}
	}
	now := x.asked.Clock()
	var soon, due []string
	for _, client := range clients {
		lacks := policy.FAPI2Lacks(client.Registration)
		if client.Disabled || client.FAPI2From.IsZero() || len(lacks) == 0 {
			continue
		}
		said := fmt.Sprintf("%s (%s: %s)", client.ID, untilDay(client, now), strings.Join(lacks, "; "))
		if now.Before(client.FAPI2From) {
			soon = append(soon, said)
		} else {
			due = append(due, said)
		}
	}
	for _, each := range []struct {
		of    fault
		named []string
	}{{fapiDue, due}, {fapiSoon, soon}} {
		if count := len(each.named); count > bareShown {
			each.named = append(each.named[:bareShown], fmt.Sprintf("and %d more", count-bareShown))
		}
		if len(each.named) > 0 {
			findings = append(findings, each.of.found(strings.Join(each.named, ", ")))
		}
	}
	return findings
}

// listKeepers lists the clients that there is the profile for.
func listKeepers(ctx context.Context, x *examined) (clients []idp.Client, err error) {
	err = x.withSQL(ctx, func(store *sqlstore.Store) error {
		page := directory.Page{Limit: 200}
		for {
			some, next, err := store.SearchClients(ctx, directory.ClientQuery{Kinds: []idp.ClientKind{idp.ClientWeb, idp.ClientMachine}}, page)
			clients = append(clients, some...)
			if err != nil || next == "" {
				return err
			}
			page.After = next
		}
	})
	return clients, err
}

// untilDay says how long is left for the client.
func untilDay(client idp.Client, now time.Time) string {
	const day = 24 * time.Hour
	if left := client.FAPI2From.Sub(now); left > 0 {
		return fmt.Sprintf("from %s, %d days left", client.FAPI2From.UTC().Format(time.DateOnly), left/day)
	}
	return "since " + client.FAPI2From.UTC().Format(time.DateOnly)
}
