package sqlstore

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Refusal is why a database lets nobody in, as far as it says.
type Refusal string

// The refusals that are told apart.
const (
	RefusedUser     Refusal = "user"     // the user, their password, or this machine
	RefusedDatabase Refusal = "database" // there is none of this name, or the user may not connect to it
	RefusedTLS      Refusal = "tls"      // it speaks no TLS, or its certificate is not accepted
	RefusedMore     Refusal = "more"     // it has as many connections as it takes
	RefusedOther    Refusal = ""         // it does not answer, or something else
)

// RefusalOf tells it from the error of a call that connects.
func RefusalOf(err error) Refusal {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) || strings.Contains(err.Error(), "refused TLS") { // the driver has no error of its own for it
		return RefusedTLS
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return RefusedOther
	}
	switch {
	case strings.HasPrefix(pg.Code, "28"):
		return RefusedUser
	case pg.Code == "3D000", pg.Code == "42501":
		return RefusedDatabase
	case pg.Code == "53300":
		return RefusedMore
	default:
		return RefusedOther
	}
}
