package notify

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed inbox.gohtml
var inboxPage string

//go:embed inbox.css
var inboxStyle string

const followEvery = 3 // seconds

// inboxHandler serves an inbox.
type inboxHandler struct {
	inbox  *Inbox
	page   *template.Template
	policy string
}

// Handler serves the inbox as a page, and as JSON, newest first, for a path that ends in ".json": mount it at both.
func (i *Inbox) Handler() (http.Handler, error) {
	page, err := template.New("inbox").Parse(inboxPage)
	if err != nil {
		return nil, fmt.Errorf("inbox page: %w", err)
	}
	sum := sha256.Sum256([]byte(inboxStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'"
	return &inboxHandler{inbox: i, page: page, policy: policy}, nil
}

// ServeHTTP answers GET and HEAD.
func (h *inboxHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The inbox is only for reading.", http.StatusMethodNotAllowed)
		return
	}
	var body bytes.Buffer
	contentType, err := h.write(&body, r)
	if err != nil {
		http.Error(w, "The inbox can't be shown.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Security-Policy", h.policy)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	if r.URL.Query().Has("follow") {
		header.Set("Refresh", strconv.Itoa(followEvery))
	}
	_, _ = w.Write(body.Bytes())
}

func (h *inboxHandler) write(body *bytes.Buffer, r *http.Request) (contentType string, err error) {
	messages := h.inbox.Messages()
	if strings.HasSuffix(r.URL.Path, ".json") {
		if messages == nil {
			messages = []Message{}
		}
		return "application/json", json.NewEncoder(body).Encode(messages)
	}
	view := struct {
		Messages []Message
		Style    template.CSS
		Follow   int
	}{Messages: messages, Style: template.CSS(inboxStyle)} // #nosec G203 -- a file of this program
	if r.URL.Query().Has("follow") {
		view.Follow = followEvery
	}
	return "text/html; charset=utf-8", h.page.Execute(body, view)
}
