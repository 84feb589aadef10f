package oidcop

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// What a request may carry, in bytes and in number.
const (
	maxRequest    = 16 << 10 // of an authorization or logout request
	maxForm       = 32 << 10 // of a form at the token endpoint: tokens are posted there too
	maxValue      = 2048     // of one parameter
	maxToken      = 8 << 10  // of a parameter that is a token
	maxNonce      = 512      // stock clients send 20 to 200
	maxParameters = 64
	maxClientID   = 128
)

var (
	errTooLarge = errors.New("the request is too large")
	errForm     = errors.New("the request is not a form")
)

// browserParams reads the parameters of a request that a browser brings: the query of a GET, the body of a POST, never both.
func browserParams(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		return formParams(w, r, maxRequest)
	}
	if len(r.URL.RawQuery) > maxRequest {
		return nil, errTooLarge
	}
	return bounded(url.ParseQuery(r.URL.RawQuery))
}

// formParams reads the body of a POST, which must be a form, and leaves it in r.PostForm and r.Form. Parameters in the query
// are refused: they end in logs and histories (RFC 6749, section 2.3.1).
func formParams(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, error) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded") || r.URL.RawQuery != "" {
		return nil, errForm
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	values, err := bounded(r.PostForm, err)
	r.Form = values // the query is empty
	return values, err
}

// bounded returns the parameters that have a value: one without counts as omitted (RFC 6749, sections 3.1 and 3.2). One that came twice
// is kept, to be refused.
func bounded(values url.Values, err error) (url.Values, error) {
	if err != nil {
		return nil, errForm
	}
	if len(values) > maxParameters {
		return nil, errTooLarge
	}
	maps.DeleteFunc(values, func(_ string, all []string) bool { return len(all) == 1 && all[0] == "" })
	return values, nil
}

// duplicated returns the name of a parameter that came more than once (RFC 6749, section 3.1: it must not), or "". The one that may is
// left to its own rule; "": there is none.
func duplicated(values url.Values, may string) string {
	for name, all := range values {
		if len(all) > 1 && name != may {
			return name
		}
	}
	return ""
}

// words splits a list of values separated by spaces, without empty ones and repetitions, in the order given.
func words(text string) []string {
	var list []string
	seen := make(map[string]bool)
	for _, word := range strings.Fields(text) {
		if !seen[word] {
			seen[word] = true
			list = append(list, word)
		}
	}
	return list
}

// single returns the value of a parameter that came once and is not too long to send back; else "".
func single(all []string) string {
	if len(all) != 1 || len(all[0]) > maxValue {
		return ""
	}
	return all[0]
}
