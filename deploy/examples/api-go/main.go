package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// api is what the registration says (kind: api), and what discovery says of the provider.
type api struct {
	clientID, clientSecret string
	introspection          string
	tokens                 *oidc.IDTokenVerifier // of any token that is signed like an ID token
	http                   *http.Client
}

// content is what an access token says (RFC 9068), and what introspection answers.
type content struct {
	Active     bool   `json:"active"` // introspection only
	Subject    string `json:"sub"`
	ClientID   string `json:"client_id"`
	PracticeID string `json:"practice_id"`
	Scope      string `json:"scope"`
}

var errRefused = errors.New("the token is not good here")

func main() {
	ctx := context.Background()
	a, err := newAPI(ctx, os.Getenv("ISSUER"), os.Getenv("API_IDENTIFIER"), os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shifts", a.protect("rota.read", a.verify, answer))
	mux.HandleFunc("POST /shifts", a.protect("rota.write", a.introspect, answer)) // what can't be taken back asks the provider first
	server := &http.Server{Addr: os.Getenv("LISTEN"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func newAPI(ctx context.Context, issuer, identifier, clientID, clientSecret string) (*api, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var endpoints struct {
		Introspection string `json:"introspection_endpoint"`
	}
	if err := provider.Claims(&endpoints); err != nil {
		return nil, err
	}
	return &api{
		clientID: clientID, clientSecret: clientSecret, introspection: endpoints.Introspection,
		tokens: provider.Verifier(&oidc.Config{ClientID: identifier, SupportedSigningAlgs: []string{oidc.ES256}}), // checks signature, iss, aud and exp
		http:   &http.Client{Timeout: 5 * time.Second},
	}, nil
}

// answer is what the API is for.
func answer(w http.ResponseWriter, c content) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"person": c.Subject, "practice": c.PracticeID, "app": c.ClientID})
}

// protect lets requests through whose token check accepts, and which has the scope (RFC 6750, section 3).
func (a *api) protect(scope string, check func(context.Context, string) (content, error), next func(http.ResponseWriter, content)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !found {
			refuse(w, http.StatusUnauthorized, `Bearer`)
			return
		}
		c, err := check(r.Context(), token)
		switch {
		case errors.Is(err, errRefused):
			refuse(w, http.StatusUnauthorized, `Bearer error="invalid_token"`)
		case err != nil:
			log.Print(err)
			http.Error(w, "try again shortly", http.StatusServiceUnavailable)
		case !slices.Contains(strings.Fields(c.Scope), scope):
			refuse(w, http.StatusForbidden, `Bearer error="insufficient_scope", scope="`+scope+`"`)
		default:
			next(w, c)
		}
	}
}

func refuse(w http.ResponseWriter, status int, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	http.Error(w, http.StatusText(status), status)
}

// verify asks nobody: the keys are in memory. A token that was revoked is good until it expires, after five minutes.
func (a *api) verify(ctx context.Context, token string) (c content, err error) {
	if typeOf(token) != "at+jwt" { // RFC 9068, section 4: an ID token is none
		return c, errRefused
	}
	verified, err := a.tokens.Verify(ctx, token)
	if err != nil {
		return c, fmt.Errorf("%w: %w", errRefused, err)
	}
	return c, verified.Claims(&c)
}

func typeOf(token string) string {
	var header struct {
		Type string `json:"typ"`
	}
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return ""
	}
	return header.Type
}

// introspect asks the provider, which looks at the session too (RFC 7662). It tells this API of tokens that are meant for it, and of no others.
func (a *api) introspect(ctx context.Context, token string) (c content, err error) {
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.introspection, form)
	if err != nil {
		return c, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(a.clientID), url.QueryEscape(a.clientSecret))
	response, err := a.http.Do(request)
	if err != nil {
		return c, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return c, fmt.Errorf("introspection: %s", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&c); err != nil {
		return c, err
	}
	if !c.Active {
		return content{}, errRefused
	}
	return c, nil
}
