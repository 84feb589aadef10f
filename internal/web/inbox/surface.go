package inbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/web"
)

const followEvery = 3 // seconds

// Message is a message that was kept.
type Message struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // "sms" or "email"
	To      string    `json:"to"`   // the number in E.164, or the address
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
	At      time.Time `json:"at"`
	Unread  bool      `json:"unread"` // an e-mail that nobody has opened
	HTML    string    `json:"-"`
	Logo    []byte    `json:"-"` // PNG: what the HTML means by cid:logo
}

// Messages keeps them.
type Messages interface {
	// Messages returns all, newest first.
	Messages() []Message
	// Open returns one as it was, and takes it for read from now on; false if there is none.
	Open(id string) (Message, bool)
}

// Config is what the pages need; all of it but Apps.
type Config struct {
	Path     string // of the list; with ".json" after it, they come as JSON
	Pages    *web.Pages
	Messages Messages
	Apps     []web.StartApp // to go back to
}

// Surface is the pages.
type Surface struct{ Config }

// New returns an error if something is missing.
func New(config Config) (*Surface, error) {
	if config.Path == "" || config.Pages == nil || config.Messages == nil {
		return nil, errors.New("inbox: a path, pages and messages are needed")
	}
	return &Surface{config}, nil
}

// Routes mounts the pages behind a guard: they show codes to everybody who may ask.
func (s *Surface) Routes(mux *http.ServeMux, guard func(http.Handler) http.Handler) {
	for path, page := range map[string]http.HandlerFunc{
		s.Path: s.list, s.Path + ".json": s.json, s.Path + "/{id}": s.message, s.Path + "/{id}/mail": s.mail,
	} {
		mux.Handle("GET "+path, guard(page))
		mux.Handle(path, s.Pages.MethodNotAllowed("GET, HEAD"))
	}
}

func (s *Surface) json(w http.ResponseWriter, _ *http.Request) {
	messages := s.Messages.Messages()
	if messages == nil {
		messages = []Message{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(messages) // an error means that the caller has gone
}

// listView is what the page of the list shows.
type listView struct {
	Path     string
	Messages []row
	Follow   int // seconds between two refreshes; 0: it stays as it is
	Apps     []web.StartApp
}

// row is a message in the list.
type row struct {
	Message
	When  web.ClockTime
	Lines []line
}

func (s *Surface) list(w http.ResponseWriter, r *http.Request) {
	view := listView{Path: s.Path, Apps: s.Apps}
	for _, m := range s.Messages.Messages() {
		view.Messages = append(view.Messages, newRow(m))
	}
	if r.URL.Query().Has("follow") { // WCAG 2.2.1: the reader decides
		view.Follow = followEvery
		w.Header().Set("Refresh", strconv.Itoa(followEvery))
	}
	s.Pages.Render(w, r, http.StatusOK, "demo/inbox", web.Frame{Step: "inbox", Title: "Inbox", Wide: true, Body: view})
}

func newRow(m Message) row {
	return row{Message: m, When: moment(m.At), Lines: lines(m.Text)}
}

// moment is when a message was sent, in UTC: the script of the page, which knows the zone of the viewer, puts it there.
func moment(at time.Time) web.ClockTime {
	return web.ClockTime{Known: true, Machine: at.UTC().Format(time.RFC3339), Human: at.UTC().Format("2 Jan 2006, 3:04 pm UTC")}
}
