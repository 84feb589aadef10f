package web

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/browser"
)

// Config is what every page needs.
type Config struct {
	Brand   Brand        // how the service is called and looks; the zero value: as APS ID
	Support Support      // whom people can ask
	Logger  *slog.Logger // where a page that can't be rendered is reported
	Issuer  *url.URL     // at whose origin all pages are
}

// Pages renders the pages. It is safe for concurrent use.
type Pages struct {
	brand   shownBrand
	support Support
	log     *slog.Logger
	forms   browser.Forms
	assets  *Assets
	book    *book
}

// Frame is what a page shows around its body.
type Frame struct {
	Step        string // data-step: the step of a sign-in, or the page's own name
	Title       string // the heading, and the browser's tab, where the product's name is added
	Progress    string // above the heading: "Step 1 of 3"; "": not said
	Tab         string // what the browser's tab says instead; "": the title
	Language    string // of the reader (RFC 5646): idp.Place.Language; "": en-AU, before it is known who reads
	Wide        bool
	Looks       *Looks   // the app that a person signs in to; nil: none in particular
	Context     *Context // where and as whom; nil: not said
	Alert       *Alert   // a form was rejected: the tab's title begins with "Error:", and this has the focus
	Note        *Note    // a remark
	FormTargets []string // other origins that a form of this page may lead to, redirects included
	Passkeys    bool     // a page of the sign-in that asks the browser for passkeys
	Fetches     bool     // a script of the page asks this site for more
	Frames      bool     // it shows a document of this site in a frame
	Private     bool     // its address is a secret: it must not reach any site as a referrer, not even this one
	Shell       *Shell   // the frame of an app that a person is signed in to; nil: the card of the sign-in
	Body        any      // what the page's template gets
}

// Context tells people where they are.
type Context struct {
	App      string
	Username string
	Practice string
	Restart  string // where another person starts a sign-in; "" for nowhere
	Act      string // what the person proves again who they are for, as a sentence; "": they sign in
}

// Alert says what is wrong with a form. An error of one field stands at that field, and nowhere else: the alert is shown above
// the form only for what belongs to no single field. If several fields are wrong, each has its own error, and the alert is a
// summary that leads to them (GOV.UK Design System, Error summary).
type Alert struct {
	Text    string
	Target  string // identifier of the field that it leads to; "" for the whole form
	AtField bool   // the field says it itself
	Lines   []Link // instead of Text: one for each field that is wrong, if there are several; a line without a URL is about none
}

// Note is a remark above the content.
type Note struct {
	Tone Tone
	Text string
}

// Tone is how a note looks; its text must be clear without it.
type Tone string

// The tones there are.
const (
	ToneInfo Tone = "info"
	ToneGood Tone = "good"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// NewPages reads the layouts, and which pages there are.
func NewPages(config Config) (*Pages, error) {
	if config.Logger == nil {
		return nil, errors.New("pages need a logger")
	}
	if config.Support.Name == "" {
		return nil, errors.New("pages need the name of a support contact")
	}
	if config.Issuer == nil {
		return nil, errors.New("pages need the issuer")
	}
	assets, err := NewAssets()
	if err != nil {
		return nil, err
	}
	brand, err := config.Brand.show(assets)
	if err != nil {
		return nil, fmt.Errorf("the logo of the brand: %w", err)
	}
	book, err := newBook(assets, brand)
	if err != nil {
		return nil, err
	}
	return &Pages{brand: brand, support: config.Support, log: config.Logger, forms: browser.NewForms(config.Issuer), assets: assets, book: book}, nil
}

// Assets returns the static files the pages refer to.
func (p *Pages) Assets() *Assets { return p.assets }

// Brand returns how the service is called.
func (p *Pages) Brand() string { return p.brand.Name }

// Support returns whom people can ask.
func (p *Pages) Support() Support { return p.support }

// Render writes the page name with the status. Nothing is written before the whole page is rendered; a page that can't be
// is answered by 500.
func (p *Pages) Render(w http.ResponseWriter, r *http.Request, status int, name string, frame Frame) {
	body, err := p.execute(name, frame)
	if err != nil {
		p.log.ErrorContext(r.Context(), "page not rendered", "page", name, "request_id", RequestID(r.Context()), "error", err)
		status, name = http.StatusInternalServerError, "error"
		frame = p.errorFrame(r, status, titleInternal, textInternal, nil)
		body, err = p.execute(name, frame)
	}
	if err != nil {
		http.Error(w, textInternal, http.StatusInternalServerError)
		return
	}
	pageHeaders(w.Header(), frame)
	w.WriteHeader(status)
	_, _ = w.Write(body) // #nosec G705 -- templates escape; an error means that the browser has gone
}

func (p *Pages) execute(name string, frame Frame) ([]byte, error) {
	page, err := p.book.page(name)
	if err != nil {
		return nil, err
	}
	layout := "layout"
	if frame.Shell != nil {
		layout = "layout-app"
	}
	var out bytes.Buffer
	err = page.ExecuteTemplate(&out, layout, struct {
		Frame
		Support Support
	}{frame, p.support})
	if err == nil && frame.Alert != nil && frame.Alert.AtField && !bytes.Contains(out.Bytes(), []byte(`role="alert"`)) {
		frame.Alert = &Alert{Text: frame.Alert.Text, Target: frame.Alert.Target} // the page does not show the field: never a form refused without a word
		return p.execute(name, frame)
	}
	if frame.Alert != nil && len(frame.Alert.Lines) > 0 {
		return belowSummary(out.Bytes()), err
	}
	return out.Bytes(), err
}

// belowSummary takes the role of an alert and the focus from the fields of a page with a summary, which has both: what stands at a field
// is read when the person gets there, and not a second time before that.
func belowSummary(page []byte) []byte {
	page = bytes.ReplaceAll(page, []byte(`<p class="error" role="alert"`), []byte(`<p class="error"`))
	return bytes.ReplaceAll(page, []byte(` aria-invalid="true" autofocus`), []byte(` aria-invalid="true"`))
}
