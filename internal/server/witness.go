package server

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/pkg/mtls"
)

// `apsid doctor` asks the issuer's own address, as an app does, and a node tells it there how the request arrived, so that a mistake
// of the proxies in front is seen before people are there. Question and answer are sealed with the keys of the nodes: who has not
// got them can neither ask nor read, and a question that is sent again gives the sender nothing to read.
const (
	witnessPath   = "/.well-known/openid-configuration" // every proxy lets apps reach it
	witnessHeader = "Apsid-Witness"                     // of the question and of the answer
	questionPlace = "doctor/question"
	answerPlace   = "doctor/answer/" // and the question, so that a stored answer answers nothing else
	maxWitness    = 4096             // bytes of a header

	forgedCertificate = ":YXBzaWQgZG9jdG9y:" // no certificate: what the doctor sends as a client that makes one up
)

// arrival is how a request arrived at a node.
type arrival struct {
	Host      string
	Peer      string // who connected to the node, with port
	Forwarded bool   // X-Forwarded-For was there; the doctor sends none
	Client    string // the address that the node takes the request to come from
	Forged    bool   // the certificate that the doctor made up was there
}

// witness answers the doctor, and leaves all other requests alone.
type witness struct {
	sealer    *seal.Sealer
	addresses browser.Addresses
}

func (s witness) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked := r.Header.Get(witnessHeader); asked != "" && r.URL.Path == witnessPath {
			if answer, err := s.answer(asked, r); err == nil { // a stranger is answered as if they had not asked
				w.Header().Set(witnessHeader, answer)
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s witness) answer(asked string, r *http.Request) (string, error) {
	question, err := unwrap(s.sealer, asked, questionPlace)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(arrival{
		Host: r.Host, Peer: r.RemoteAddr, Forwarded: len(r.Header.Values("X-Forwarded-For")) > 0, Client: s.addresses.Of(r),
		Forged: slices.Contains(r.Header.Values(mtls.Header), forgedCertificate),
	})
	if err != nil {
		return "", err
	}
	return wrapped(s.sealer, plain, answerPlace+string(question))
}

func wrapped(sealer *seal.Sealer, plain []byte, place string) (string, error) {
	sealed, err := sealer.Seal(plain, place)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func unwrap(sealer *seal.Sealer, text, place string) ([]byte, error) {
	if len(text) > maxWitness {
		return nil, errNoWitness
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return sealer.Open(sealed, place)
}

var errNoWitness = errors.New("no node with these seal keys answered")
