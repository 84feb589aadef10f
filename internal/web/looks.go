package web

import (
	"context"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/idp"
)

// Where the looks of apps are served. Both addresses say all of what they serve, so that browsers keep it for good: the one of a
// stylesheet is the colour, the one of a logo has its hash.
const (
	accentPrefix = assetsPrefix + "accent/"
	logoPrefix   = assetsPrefix + "logo/"
)

// Looks is how an app shows on the pages of a sign-in to it.
type Looks struct {
	Name       string
	Initial    string // of its name, where it has no logo
	Logo       string // the address of its logo; "": it has none
	Stylesheet string // the address of the stylesheet with its colour; "": it has none
}

// NewLooks returns the looks of an app with this registration.
func NewLooks(id idp.ClientID, name, accent string, logo []byte) Looks {
	looks := Looks{Name: name, Initial: initial(name)}
	if len(logo) > 0 {
		looks.Logo = logoPrefix + string(id) + "/" + logoHash(logo)
	}
	if _, err := brand.ParseAccent(accent); err == nil {
		looks.Stylesheet = accentPrefix + strings.TrimPrefix(accent, "#")
	}
	return looks
}

func logoHash(logo []byte) string { return idp.HashToken(string(logo))[:16] }

// initial is the first letter or digit of a name, as a capital.
func initial(name string) string {
	at := strings.IndexFunc(name, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) })
	if at < 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(name[at:])
	return strings.ToUpper(string(first))
}

// LooksRoutes mounts what the looks of apps refer to.
func (p *Pages) LooksRoutes(mux *http.ServeMux, find func(context.Context, idp.ClientID) (idp.Client, error)) {
	mux.HandleFunc("GET "+accentPrefix+"{colour}", p.serveAccent)
	mux.Handle("GET "+logoPrefix+"{client}/{hash}", p.logos(find))
}

// serveAccent answers for any colour that an app could have. It reads no registration: whoever asks learns nothing.
func (p *Pages) serveAccent(w http.ResponseWriter, r *http.Request) {
	colour, err := brand.ParseAccent("#" + r.PathValue("colour"))
	if err != nil {
		p.NotFound().ServeHTTP(w, r)
		return
	}
	serveAsset(w, r, asset{contentType: "text/css; charset=utf-8", content: colour.Stylesheet()})
}

// logos answers with the logo that an app has now. It stays under the strict policy of Headers, in a sandbox, so that a browser that
// opens it by itself runs nothing.
func (p *Pages) logos(find func(context.Context, idp.ClientID) (idp.Client, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client, err := find(r.Context(), idp.ClientID(r.PathValue("client")))
		if err != nil && idp.CodeOf(err) != idp.CodeNotFound {
			p.Fail(w, r, err)
			return
		}
		if err != nil || len(client.Logo) == 0 || r.PathValue("hash") != logoHash(client.Logo) {
			p.NotFound().ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", strictPolicy+"; sandbox")
		serveAsset(w, r, asset{contentType: "image/png", content: client.Logo})
	})
}
