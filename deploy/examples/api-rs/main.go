package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rs"
)

func main() {
	api, err := rs.New(rs.Config{
		Issuer: os.Getenv("ISSUER"), Audience: os.Getenv("API_IDENTIFIER"), URL: os.Getenv("API_URL"),
		ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"), Signed: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: routes(api), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// routes says at one place what each operation needs.
func routes(api *rs.API) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /shifts", api.Require(rs.Needs{Scope: "rota.read"}, http.HandlerFunc(answer)))
	mux.Handle("POST /shifts", api.Require(rs.Needs{Scope: "rota.write", Live: true}, http.HandlerFunc(answer)))
	mux.Handle("GET /pay", api.Require(rs.Needs{Scope: "rota.read", Bound: true}, http.HandlerFunc(answer)))
	mux.Handle("POST /bank", api.Require(
		rs.Needs{Scope: "rota.write", ACR: apsid.ACRMFA, MaxAge: 15 * time.Minute, Live: true}, http.HandlerFunc(bank),
	))
	return mux
}

// answer is what the API is for.
func answer(w http.ResponseWriter, r *http.Request) {
	token, _ := rs.TokenFrom(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"person": token.Subject, "practice": token.PracticeID, "app": token.ClientID, "for_the_person": token.Actors,
	})
}

// bank changes where wages are paid. Only the person's own app may, and not another one that calls for the person.
func bank(w http.ResponseWriter, r *http.Request) {
	token, _ := rs.TokenFrom(r.Context())
	if len(token.Actors) > 0 {
		http.Error(w, "An app that calls for the person can't change this.", http.StatusForbidden)
		return
	}
	log.Printf("bank account of %s changed; the provider said of the token: %s", token.Subject, token.Answer) // to be shown later
	answer(w, r)
}
