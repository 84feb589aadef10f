package redisstore

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// Address says where the Redis at an address as Open takes it is, without user or password: host:port, several separated by commas.
func Address(address string) string {
	if address == Embedded {
		return Embedded
	}
	o, err := read(address)
	if err != nil {
		return "an unknown address"
	}
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(o.seeds))), ",")
}

// Passing reports whether an error of Open may be over later by itself: the server is not there, or loads its data. A wrong password
// and a certificate that does not fit are mistakes, which waiting does not mend.
func Passing(err error) bool {
	var answer redis.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &answer):
		return slices.ContainsFunc([]string{"LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY", "ERR max number of clients"}, func(begin string) bool {
			return strings.HasPrefix(answer.Error(), begin)
		})
	case errors.As(err, &certificate):
		return false
	}
	return errors.Is(err, idp.ErrUnavailable)
}
