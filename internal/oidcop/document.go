package oidcop

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// document is an answer that is the same for every caller, with its headers, made before anybody asks. The values of headers are shared
// between answers, and never changed.
type document struct {
	body                        []byte
	tag                         string // strong: it changes with every byte (RFC 9110, section 8.8.1)
	etag, length, cached, media []string
}

// newDocument prepares a JSON document that may be cached for a while.
func newDocument(text []byte, cached time.Duration) *document {
	body := append(text[:len(text):len(text)], '\n')
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return &document{
		body: body, tag: tag, etag: []string{tag}, length: []string{strconv.Itoa(len(body))},
		cached: []string{fmt.Sprintf("public, max-age=%d", int(cached.Seconds()))}, media: []string{"application/json"},
	}
}

// ServeHTTP answers a GET or HEAD.
func (d *document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Cache-Control"], h["Etag"] = d.cached, d.etag
	if d.isKnown(r.Header["If-None-Match"]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"], h["Content-Length"] = d.media, d.length
	_, _ = w.Write(d.body) // an error means that the caller has gone; net/http sends no body after HEAD
}

// isKnown reports whether the caller has the document (RFC 9110, section 13.1.2).
func (d *document) isKnown(conditions []string) bool {
	for _, condition := range conditions {
		for tag := range strings.SplitSeq(condition, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == d.tag {
				return true
			}
		}
	}
	return false
}
