package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/apscloud/apsid/internal/web"
)

// Config is what the page needs; all of it.
type Config struct {
	Path     string // of the page
	Pages    *web.Pages
	Document []byte // the OpenAPI document, as JSON
	Source   string // where it is served
}

// Surface is the page.
type Surface struct {
	config Config
	title  string
	view   view
}

// New reads the document; an error if it is none.
func New(config Config) (*Surface, error) {
	if config.Path == "" || config.Pages == nil || config.Source == "" {
		return nil, errors.New("reference: a path, pages and the source of the document are needed")
	}
	var d document
	if err := json.Unmarshal(config.Document, &d); err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	return &Surface{config: config, title: d.Info.Title, view: newView(d, config.Source)}, nil
}

// Routes mounts the page. It is the same for every reader, and says nothing that the document does not.
func (s *Surface) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+s.config.Path, func(w http.ResponseWriter, r *http.Request) {
		s.config.Pages.Render(w, r, http.StatusOK, "reference/api", web.Frame{Step: "reference", Title: s.title, Wide: true, Body: s.view})
	})
}
