package conformance

import (
	"context"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Config says which provider is judged, and as whom.
type Config struct {
	Issuer    string            // the provider's, without a slash at its end
	Transport http.RoundTripper // reaches the provider; nil: http.DefaultTransport
	Person    Person            // signs in

	Client Client // of all modules but the next
	Second Client // of the modules that need two
	Post   Client // of the module on client_secret_post

	// Keyed and KeyedSecond are those of a FAPI 2.0 plan: apps of the plan for the code flow, integrations of the one for client credentials.
	Keyed, KeyedSecond KeyedClient
	// API is what an integration asks with its tokens, by GET. An app asks the userinfo endpoint.
	API string

	// Extensions are members of the provider's metadata that are its own, and allowed.
	Extensions []string

	// App is where the app under test would be reached: the modules' redirect URIs begin with it. Nothing has to listen there, since
	// the browser of this package follows no redirect that leads to it.
	App string

	// Received is what the provider has sent to the clients' back-channel logout URI.
	Received *Receiver

	// Pause is how a module waits; nil: for as long as the suite does.
	Pause func(context.Context, time.Duration) error
}

// Person is somebody who can sign in with a password and nothing else.
type Person struct{ Username, Password string }

// Client is a registration at the provider, with a secret that may be sent by client_secret_basic, and of Config.Post by
// client_secret_post.
type Client struct{ ID, Secret string }

// KeyedClient is a registration at the provider with a public key (private_key_jwt). An app has two redirect URIs: the app's, and the same with
// the query of querySuffix.
type KeyedClient struct {
	ID    string
	Key   jose.JSONWebKey // private, with its kid and alg: ES256 or PS256
	Scope string
}

const querySuffix = "?dummy1=lorem&dummy2=ipsum" // the suite's

// The addresses of the app, which the clients have registered; the suite uses the same endings below its own address.
func (c Config) redirectURI() string   { return c.App + "/callback" }
func (c Config) postLogoutURI() string { return c.App + "/post_logout_redirect" }

func (c Config) pause(ctx context.Context, d time.Duration) error {
	if c.Pause != nil {
		return c.Pause(ctx, d)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
