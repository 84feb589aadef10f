package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

func main() {
	if err := run("out"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes everything into a folder of the current one.
func run(out string) error {
	if err := os.MkdirAll(out, 0o700); err != nil {
		return err
	}
	private := map[string]string{}
	for i, name := range []string{"conformance-fapi2-1", "conformance-fapi2-2", "conformance-machine-1", "conformance-machine-2"} {
		signer, algorithm, err := newKey(i%2 == 0)
		if err != nil {
			return err
		}
		// The registration leaves the algorithm open, so that it is the profile that refuses another one.
		public, err := set(jose.JSONWebKey{Key: signer.Public(), KeyID: name, Use: "sig"})
		if err != nil {
			return err
		}
		if private[name], err = set(jose.JSONWebKey{Key: signer, KeyID: name, Use: "sig", Algorithm: algorithm}); err != nil {
			return err
		}
		if err := write(filepath.Join(out, name+".public.jwks"), public); err != nil {
			return err
		}
	}
	for _, name := range []string{"fapi2.yaml", "plan-fapi2.json", "plan-fapi2-machine.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(out, name), filled(string(text), private)); err != nil {
			return err
		}
	}
	return nil
}

func newKey(ofRSA bool) (crypto.Signer, string, error) {
	if ofRSA {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return key, string(jose.PS256), err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return key, string(jose.ES256), err
}

func set(key jose.JSONWebKey) (string, error) {
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	return string(text), err
}

// filled has each client's keys in place of its name.
func filled(text string, private map[string]string) string {
	for name, keys := range private {
		text = strings.ReplaceAll(text, `"jwks": "`+name+`"`, `"jwks": `+keys)
	}
	return text
}

// write makes a file that is not there yet.
func write(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
