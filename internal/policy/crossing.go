package policy

import (
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// Crossing is what becomes of a request for a client's tokens that says from which origin it was sent (Fetch standard, section 3.2).
type Crossing string

// The answers.
const (
	CrossingOpen    Crossing = "open"    // a page of the app: it may read the answer
	CrossingClosed  Crossing = "closed"  // answered, and no page may read it
	CrossingRefused Crossing = "refused" // not answered
)

// CrossingOf decides by the values of the request's Origin headers. A page of another origin that has a token or code of an app without
// a secret has stolen it, or runs an app that is registered as another kind. What an app with a secret sends is its server's, whatever
// headers a proxy passes on. A client that is off is refused where it authenticates, like one that does not exist.
func CrossingOf(client idp.Client, origins []string) Crossing {
	switch {
	case len(origins) == 0 || client.Disabled:
		return CrossingClosed
	case len(origins) == 1 && slices.Contains(client.Origins(), origins[0]):
		return CrossingOpen
	case client.AuthMethod == idp.AuthNone:
		return CrossingRefused
	default:
		return CrossingClosed
	}
}
