package inbox

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/apscloud/apsid/internal/web"
)

// mailPolicy is that of an e-mail in its frame: nothing runs and nothing is loaded. Mail carries its styles inline, because mail
// programs take no others. Its links open beside the inbox.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; " +
	"sandbox allow-popups allow-popups-to-escape-sandbox"

// messageView is what the page of a message shows.
type messageView struct {
	row
	Path string
	Show string // "wide", "phone" or "text"
}

func (s *Surface) message(w http.ResponseWriter, r *http.Request) {
	m, found := s.Messages.Open(r.PathValue("id"))
	if !found {
		s.Pages.NotFound().ServeHTTP(w, r)
		return
	}
	view := messageView{row: newRow(m), Path: s.Path, Show: r.URL.Query().Get("show")}
	title := "\u200e" + m.Subject // an English sentence, though its first word may be a name that is written from right to left
	switch {
	case m.HTML == "":
		view.Show, title = "text", "Text message"
	case view.Show != "phone" && view.Show != "text":
		view.Show = "wide"
	}
	s.Pages.Render(w, r, http.StatusOK, "demo/message", web.Frame{Step: "message", Title: title, Wide: true, Frames: true, Body: view})
}

// mail answers with the e-mail alone, for the frame.
func (s *Surface) mail(w http.ResponseWriter, r *http.Request) {
	m, found := s.Messages.Open(r.PathValue("id"))
	if !found || m.HTML == "" {
		s.Pages.NotFound().ServeHTTP(w, r)
		return
	}
	html := strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)
	html = strings.ReplaceAll(html, "cid:logo", "data:image/png;base64,"+base64.StdEncoding.EncodeToString(m.Logo))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(html)) // #nosec G705 -- the policy of the answer lets nothing in it run
}

// line is one line of a message.
type line struct{ Text string }

func lines(text string) (all []line) {
	for text := range strings.SplitSeq(text, "\n") {
		all = append(all, line{text})
	}
	return all
}

// IsLink reports whether the line is an address and nothing else: only our own messages have such lines.
func (l line) IsLink() bool {
	return strings.HasPrefix(l.Text, "https://") || strings.HasPrefix(l.Text, "http://")
}
