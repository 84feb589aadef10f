package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/dpop"
)

// client is an http.RoundTripper that authenticates each form by the app's key (RFC 7523), and shows the key of the app's tokens with
// each request (RFC 9449).
type client struct {
	id, issuer string
	signer     jose.Signer
	tokens     *dpop.Key
}

func newClient(id, issuer, keyFile string) (*client, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		return nil, err
	}
	tokens, err := dpop.NewKey()
	return &client{id, issuer, signer, tokens}, err
}

// RoundTrip implements http.RoundTripper.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Method == http.MethodPost {
		if err := c.authenticate(r); err != nil {
			return nil, err
		}
	}
	_, token, bound := strings.Cut(r.Header.Get("Authorization"), " ")
	if bound {
		r.Header.Set("Authorization", dpop.Scheme+" "+token)
	}
	proof, err := c.tokens.Sign(dpop.Request{Method: r.Method, URL: r.URL.String(), AccessToken: token}, "", time.Now())
	if err != nil {
		return nil, err
	}
	r.Header.Set(dpop.Header, proof)
	return http.DefaultTransport.RoundTrip(r)
}

// authenticate adds an assertion, for the issuer alone, to the form of a request.
func (c *client) authenticate(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": c.id, "sub": c.id, "aud": c.issuer, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return err
	}
	signed, err := c.signer.Sign(claims)
	if err != nil {
		return err
	}
	assertion, err := signed.CompactSerialize()
	form.Set("client_assertion", assertion)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	text := form.Encode()
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return err
}

// push sends an authorization request from server to server (RFC 9126), and returns the name of it.
func (c *client) push(endpoint string, request url.Values) (requestURI string, err error) {
	answer, err := (&http.Client{Transport: c}).Post(endpoint, "application/x-www-form-urlencoded", bytes.NewBufferString(request.Encode()))
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var pushed struct {
		RequestURI string `json:"request_uri"`
		Problem    string `json:"error_description"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&pushed); err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusCreated {
		return "", errors.New("the request was refused: " + pushed.Problem)
	}
	return pushed.RequestURI, nil
}
