package main

import (
	"fmt"
	"html"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
)

func main() {
	signin, err := rp.New(rp.Config{
		Issuer:        os.Getenv("ISSUER"),        // https://id.example.com
		ClientID:      os.Getenv("CLIENT_ID"),     // as registered
		ClientSecret:  os.Getenv("CLIENT_SECRET"), // as registered
		RedirectURL:   os.Getenv("APP_URL") + "/auth/callback",
		PostLogoutURL: os.Getenv("APP_URL") + "/",
	})
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>Rota</title><h1>Rota</h1><p><a href="/shifts">My shifts</a></p>`)
	})
	mux.Handle("GET /shifts", signin.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, _ := rp.SessionFrom(r.Context())
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprintf(w, `<!doctype html><title>My shifts</title><script src="%s" defer></script>
<h1>Shifts of %s</h1>
<form method="post" action="%s"><button>Sign out</button></form>`, signin.ScriptPath(), html.EscapeString(person.Name), signin.LogoutPath())
	})))

	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: signin.Handler(mux), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
