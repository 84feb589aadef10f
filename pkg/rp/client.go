package rp

import "net/http"

// maxAnswer bounds what is read of any answer of the provider, in bytes, after it was decompressed.
const maxAnswer = 256 << 10

// careful returns the client for calls to the provider. What an endpoint answers, it answers there: a redirect could take a code, a
// token or an assertion to another host. An answer without end ends at maxAnswer.
func careful(given *http.Client) *http.Client {
	client := http.Client{}
	if given != nil {
		client = *given
	}
	if client.Timeout == 0 {
		client.Timeout = callTimeout
	}
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = bounded{client.Transport}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper. Reading more of the answer than maxAnswer is an error.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = http.MaxBytesReader(nil, response.Body, maxAnswer)
	return response, nil
}
