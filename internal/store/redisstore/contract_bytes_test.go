package redisstore_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/signin"
)

// storeOneOfEach stores a filled value of every kind there is.
func storeOneOfEach(t *testing.T, s redisStore) (transactionID, codeHash, referenceHash string) {
	t.Helper()
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	codeHash, _ = createCode(t, s, codeLife)
	referenceHash, r := newReference(t)
	createReference(t, s, referenceHash, r)
	wantVerdict(t, "text message", take(t, s, stranger(1), smsStart()), idp.SMSVerdict{})
	verified(t, s, stranger(1), smsStart())
	learn(t, s, time.Now())
	must(t, s.Activity.Forget(t.Context(), []idp.SID{"ses_over"}))
	name := answerName()
	mustClaim(t, s, name, "request", "claim")
	mustFinish(t, s, name, "claim", []byte(answerText))
	return tx.ID, codeHash, referenceHash
}

// nothingReadable looks at all names and values as a thief of the memory or of a backup would.
func nothingReadable(t *testing.T, s redisStore) {
	storeOneOfEach(t, s)
	everything := dump(t, s)

	hidden := append(texts[signin.Transaction](t), texts[oidcop.Grant](t)...)
	hidden = append(hidden, texts[oidcop.Reference](t)...)
	ask := stranger(1)
	for _, personal := range []string{ask.Phone.Reveal(), string(ask.UserID), string(ask.PracticeID), ask.Address} {
		// a plain hash hides nothing that has few forms: an attacker who tries all numbers finds it
		hidden = append(hidden, personal, idp.HashToken(personal))
	}
	hidden = append(hidden, strings.TrimPrefix(ask.Phone.Reveal(), "+"), "RedirectURI", "Challenge", answerText)
	for _, text := range hidden {
		if strings.Contains(everything, text) {
			t.Errorf("%q can be read", text)
		}
	}
}

// everythingIsTemporary: keys that never expire would fill the memory.
func everythingIsTemporary(t *testing.T, s redisStore) {
	storeOneOfEach(t, s)
	everyKeyEnds(t, s)
}

func flushedIsNotFound(t *testing.T, s redisStore) { // ABUSE 44
	id, code, reference := storeOneOfEach(t, s)
	if err := s.Raw.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	_, findErr := s.Transactions.Find(t.Context(), id)
	_, consumeErr := s.Transactions.Consume(t.Context(), id)
	_, codeErr := s.Codes.ConsumeCode(t.Context(), code)
	_, referenceErr := s.References.FindReference(t.Context(), reference)
	for what, err := range map[string]error{
		"find": findErr, "consume": consumeErr, "update": s.Transactions.Update(t.Context(), signin.Transaction{ID: id, Version: 1}),
		"code": codeErr, "reference": referenceErr,
	} {
		if !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantVerdict(t, "text message", take(t, s, stranger(1), smsStart()), idp.SMSVerdict{})
}

// dump returns all names and values, whatever their type.
func dump(t *testing.T, s redisStore) string {
	t.Helper()
	var out strings.Builder
	for _, key := range allKeys(t, s) {
		kind, err := s.Raw.Type(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		switch kind {
		case "string":
			value, err = s.Raw.Get(t.Context(), key).Result()
		case "hash":
			value, err = s.Raw.HGetAll(t.Context(), key).Result()
		default:
			t.Fatalf("%s is a %s: teach dump about it", key, kind)
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %v\n", key, value)
	}
	return out.String()
}
