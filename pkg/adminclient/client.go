package adminclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Config says where the API is and who asks.
type Config struct {
	API string // "https://id.example/api/v1"; plain http only on this machine

	// An integration's own credentials. Scopes are what its tokens are asked for; none: all it is registered for.
	ClientID     string
	ClientSecret string
	Scopes       []string
	// Tokens instead: of a person who signed in to an app, say.
	Tokens oauth2.TokenSource

	HTTP      *http.Client // nil: one of its own
	UserAgent string       // names the program in the audit trail; "": "adminclient"
	Attempts  int          // how often a call is made at most while the provider is busy; 0: 3
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	config Config
	api    *url.URL
	tokens oauth2.TokenSource
}

const maxAnswer = 8 << 20 // bytes

// Issuer is the URL of the provider whose API this is: what apps are told as the issuer.
func (c *Client) Issuer() string { return c.api.Scheme + "://" + c.api.Host }

// New returns a client. With an integration's credentials it asks the provider where tokens are given.
func New(ctx context.Context, config Config) (*Client, error) {
	api, err := url.Parse(strings.TrimSuffix(config.API, "/"))
	if err != nil || api.Host == "" || api.RawQuery != "" || api.User != nil {
		return nil, fmt.Errorf("adminclient: %q is not the URL of an API", config.API)
	}
	if api.Scheme != "https" && (api.Scheme != "http" || !isLoopback(api.Hostname())) {
		return nil, fmt.Errorf("adminclient: %q must be https: secrets travel there", config.API)
	}
	if config.HTTP == nil {
		config.HTTP = &http.Client{}
	}
	if config.UserAgent == "" {
		config.UserAgent = "adminclient"
	}
	if config.Attempts <= 0 {
		config.Attempts = 3
	}
	c := &Client{config: config, api: api, tokens: config.Tokens}
	if c.tokens != nil {
		return c, nil
	}
	if config.ClientID == "" || config.ClientSecret == "" {
		return nil, errors.New("adminclient: a client identifier and its secret are needed, or a source of tokens")
	}
	endpoint, err := c.tokenEndpoint(ctx)
	if err != nil {
		return nil, err
	}
	credentials := clientcredentials.Config{
		ClientID: config.ClientID, ClientSecret: config.ClientSecret, Scopes: config.Scopes, TokenURL: endpoint,
		AuthStyle: oauth2.AuthStyleInHeader,
	}
	c.tokens = credentials.TokenSource(context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, config.HTTP))
	return c, nil
}

// tokenEndpoint reads the provider's discovery document (OpenID Connect Discovery 1.0, section 4). The issuer in it, and the
// endpoint, must be where we asked: a secret goes there.
func (c *Client) tokenEndpoint(ctx context.Context) (string, error) {
	issuer := c.api.Scheme + "://" + c.api.Host
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return "", err
	}
	response, err := c.config.HTTP.Do(request)
	if err != nil {
		return "", fmt.Errorf("adminclient: discovery: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var document struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("adminclient: discovery: %s", response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&document); err != nil {
		return "", fmt.Errorf("adminclient: discovery: %w", err)
	}
	if document.Issuer != issuer || !strings.HasPrefix(document.TokenEndpoint, issuer+"/") {
		return "", fmt.Errorf("adminclient: %s calls itself %q: use that address", issuer, document.Issuer)
	}
	return document.TokenEndpoint, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
