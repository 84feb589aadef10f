package oidcop_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// open verifies a token with the published keys and returns its header and claims.
func (h *house) open(token string) (header, claims map[string]any) {
	h.t.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		h.t.Fatal(err)
	}
	key, found := h.ring.Find(h.t.Context(), jws.Signatures[0].Header.KeyID, h.clock.read())
	if !found {
		h.t.Fatalf("no key %q", jws.Signatures[0].Header.KeyID)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])), &header); err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		h.t.Fatal(err)
	}
	return header, claims
}

// text is a JSON value as text, to be compared.
func text(v any) string { return string(must(json.Marshal(v))) }

// change changes a client's registration.
func (h *house) change(id idp.ClientID, change func(*idp.Client)) {
	h.t.Helper()
	ctx := context.Background()
	err := h.sql.InTx(ctx, func(tx *sqlstore.Tx) error {
		client, err := tx.FindClient(ctx, id)
		if err != nil {
			return err
		}
		change(&client)
		return tx.UpdateClient(ctx, client)
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
