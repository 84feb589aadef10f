package redisstore

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Refusal is why Redis lets nobody in, as far as it says.
type Refusal string

// The refusals that are told apart.
const (
	RefusedUser    Refusal = "user"    // the user or the password
	RefusedRights  Refusal = "rights"  // the user may not even say PING
	RefusedTLS     Refusal = "tls"     // no TLS, or a certificate that is not accepted
	RefusedMaster  Refusal = "master"  // Sentinel knows no master of this name
	RefusedCluster Refusal = "cluster" // it is no cluster, or a cluster that does not work
	RefusedOther   Refusal = ""        // it does not answer, or something else
)

// RefusalOf tells it from the error of Open.
func RefusalOf(err error) Refusal {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch text := err.Error(); {
	case redis.IsAuthError(err), strings.Contains(text, "without any password configured"):
		return RefusedUser
	case redis.IsPermissionError(err):
		return RefusedRights
	case errors.As(err, &certificate), errors.As(err, &record):
		return RefusedTLS
	case strings.Contains(text, "sentinel"): // the library has no error of its own for it
		return RefusedMaster
	case redis.IsClusterDownError(err), strings.Contains(text, "cluster"):
		return RefusedCluster
	default:
		return RefusedOther
	}
}
