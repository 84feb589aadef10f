package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/apscloud/apsid/internal/web"
)

// Config is what the page needs; all of it.
type Config struct {
	Path     string // of the page
	Pages    *web.Pages
	Document func() ([]byte, error) // the OpenAPI document, as JSON; it is called once, for the first reader
	Source   string                 // where it is served
}

// Surface is the page.
type Surface struct {
	config Config
	body   func() (body, error)
}

// body is what stands on the page.
type body struct {
	title string
	view  view
}

// New returns the page. It reads the document for the first reader, so that no node waits for it when it starts.
func New(config Config) (*Surface, error) {
	if config.Path == "" || config.Pages == nil || config.Document == nil || config.Source == "" {
		return nil, errors.New("reference: a path, pages, a document and its source are needed")
	}
	return &Surface{config: config, body: sync.OnceValues(func() (body, error) { return read(config) })}, nil
}

func read(config Config) (body, error) {
	text, err := config.Document()
	if err != nil {
		return body{}, fmt.Errorf("reference: %w", err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return body{}, fmt.Errorf("reference: %w", err)
	}
	return body{title: d.Info.Title, view: newView(d, config.Source)}, nil
}

// Routes mounts the page. It is the same for every reader, and says nothing that the document does not.
func (s *Surface) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+s.config.Path, func(w http.ResponseWriter, r *http.Request) {
		body, err := s.body()
		if err != nil {
			s.config.Pages.Fail(w, r, err)
			return
		}
		s.config.Pages.Render(w, r, http.StatusOK, "reference/api", web.Frame{Step: "reference", Title: body.title, Wide: true, Body: body.view})
	})
}
