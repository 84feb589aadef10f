package passkey_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/fxamacker/cbor/v2"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

func TestAPasskeyProves(t *testing.T) {
	for name, kind := range map[string]virtualwebauthn.KeyType{"ES256": virtualwebauthn.KeyTypeEC2, "RS256": virtualwebauthn.KeyTypeRSA} {
		party, d := newParty(t), newDevice(kind)
		d.auth.Options.BackupEligible = true
		person, holder := added(t, party, d)
		d.cred.Counter, d.auth.Options.BackupState = 9, true
		for purpose, begins := range map[string]func() (json.RawMessage, passkey.Challenge, error){
			"second": func() (json.RawMessage, passkey.Challenge, error) { return party.BeginSecond(person, binding, begin()) },
			"alone":  func() (json.RawMessage, passkey.Challenge, error) { return party.BeginAlone(binding, begin()) },
		} {
			for _, origin := range []string{site, "https://id.example.net"} { // a related one
				d.rp.Origin = origin
				asked, c, err := begins()
				must(t, err)
				answer, err := passkey.Read(d.prove(t, asked))
				must(t, err)
				if answer.Credential() != holder.Authenticator.Passkey.Credential {
					t.Errorf("%s, %s: credential %s", name, purpose, answer.Credential())
				}
				got, err := party.Verify(c, binding, answer, holder, begin().Add(passkey.Lifetime-1))
				must(t, err)
				want := passkey.Verified{Person: true, Use: idp.PasskeyUse{
					ID: holder.Authenticator.ID, SignCount: 9, BackedUp: true, Challenge: c.Value, Until: begin().Add(passkey.Lifetime),
				}}
				if got != want {
					t.Errorf("%s, %s: %+v, want %+v", name, purpose, got, want)
				}
			}
		}
	}
}

// A key that was told who has to answer may leave out whom it names, and one that only is touched says no more than that it is there.
func TestAKeyWithoutMoreIsASecondFactor(t *testing.T) {
	party, d := newParty(t), newDevice(virtualwebauthn.KeyTypeEC2)
	person, holder := added(t, party, d)
	d.auth.Options.UserHandle, d.auth.Options.UserNotVerified = nil, true
	asked, c, err := party.BeginSecond(person, binding, begin())
	must(t, err)
	answer, err := passkey.Read(d.prove(t, asked))
	must(t, err)
	got, err := party.Verify(c, binding, answer, holder, begin())
	must(t, err)
	if got.Person {
		t.Error("it says that it has made sure who is there")
	}
}

func TestWhatIsAskedForWhenProving(t *testing.T) {
	party, person := newParty(t), newPerson()
	_, _, err := party.BeginSecond(person, binding, begin())
	if !errors.Is(err, idp.ErrConflict) {
		t.Errorf("without a passkey: %v", err)
	}
	person.Bound = []idp.Authenticator{
		{Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570156")},
		{Kind: idp.KindPasskey, Passkey: idp.Passkey{Credential: "Y3JlZA", Transports: []string{"usb"}}},
	}
	asked, c, err := party.BeginSecond(person, binding, begin())
	must(t, err)
	want := `{"challenge":"` + c.Value + `","timeout":600000,"rpId":"id.example.com",` +
		`"allowCredentials":[{"type":"public-key","id":"Y3JlZA","transports":["usb"]}],"userVerification":"preferred"}`
	if string(asked) != want {
		t.Errorf("asked %s\nwant %s", asked, want)
	}
	asked, c, err = party.BeginAlone(binding, begin())
	must(t, err)
	want = `{"challenge":"` + c.Value + `","timeout":600000,"rpId":"id.example.com","userVerification":"required"}`
	if string(asked) != want || c.UserID != "" {
		t.Errorf("asked %s\nwant %s", asked, want)
	}
	person.Handle = ""
	if _, _, err := party.BeginSecond(person, binding, begin()); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("without a handle: %v", err)
	}
}

// Every answer that is not that of this person's passkey to this question, here and now.
func TestABadAnswerDoesNotCount(t *testing.T) {
	type attempt struct {
		party   *passkey.Party
		d       *device
		holder  passkey.Holder
		forge   func(map[string]any)
		data    func([]byte) []byte
		change  func(*testing.T, []byte) []byte
		forget  func(*passkey.Challenge)
		binding string
		alone   bool
		at      time.Time
	}
	alone := func(change func(*attempt)) func(*attempt) {
		return func(a *attempt) {
			a.alone = true
			change(a)
		}
	}
	says := func(name string, value any) func(*attempt) {
		return func(a *attempt) { a.forge = func(client map[string]any) { client[name] = value } }
	}
	signed := func(change func([]byte) []byte) func(*attempt) {
		return func(a *attempt) { a.data = change }
	}
	sent := func(change func(fields, response map[string]any)) func(*attempt) {
		return func(a *attempt) {
			a.change = func(t *testing.T, raw []byte) []byte {
				fields := decode(t, raw)
				change(fields, fields["response"].(map[string]any))
				return encode(t, fields)
			}
		}
	}
	raw := func(change func([]byte) []byte) func(*attempt) {
		return func(a *attempt) { a.change = func(_ *testing.T, sent []byte) []byte { return change(sent) } }
	}
	flags := func(set, clear byte) func([]byte) []byte {
		return func(data []byte) []byte {
			data[32] = data[32]&^clear | set
			return data
		}
	}
	another := func(a *attempt, t *testing.T) passkey.Holder {
		_, other := added(t, a.party, newDevice(virtualwebauthn.KeyTypeEC2))
		return other
	}
	for name, c := range map[string]struct {
		prepare func(*attempt)
		want    idp.Reason
	}{
		"wrong origin":       {says("origin", "https://id.example.org"), idp.ReasonPasskeyOrigin},
		"origin by another":  {func(a *attempt) { a.d.rp.Origin = "https://idexample.com" }, idp.ReasonPasskeyOrigin},
		"http":               {says("origin", "http://id.example.com"), idp.ReasonPasskeyOrigin},
		"other case":         {says("origin", "https://ID.example.com"), idp.ReasonPasskeyOrigin},
		"default port":       {says("origin", "https://id.example.com:443"), idp.ReasonPasskeyOrigin},
		"origin with a user": {says("origin", "https://evil@id.example.com"), idp.ReasonPasskeyOrigin},
		"origin with a path": {says("origin", "https://id.example.com/evil"), idp.ReasonPasskeyOrigin},
		"an app":             {says("origin", "android:apk-key-hash:abc"), idp.ReasonPasskeyOrigin},
		"no origin":          {says("origin", ""), idp.ReasonPasskeyOrigin},
		"inside of a frame":  {says("crossOrigin", true), idp.ReasonPasskeyOrigin},
		"below another page": {says("topOrigin", "https://evil.example"), idp.ReasonPasskeyOrigin},
		"wrong RP ID":        {func(a *attempt) { a.d.rp.ID = "example.com" }, idp.ReasonPasskeyRP},
		"RP ID, signed":      {signed(func(data []byte) []byte { return append(bytes.Repeat([]byte{1}, 32), data[32:]...) }), idp.ReasonPasskeyRP},
		"type of adding":     {says("type", "webauthn.create"), idp.ReasonPasskeyType},
		"type of payment":    {says("type", "payment.get"), idp.ReasonPasskeyType},
		"another challenge":  {says("challenge", text(bytes.Repeat([]byte{1}, 32))), idp.ReasonPasskeyChallenge},
		"no challenge":       {says("challenge", ""), idp.ReasonPasskeyChallenge},
		"of another ceremony": {func(a *attempt) {
			a.forget = func(c *passkey.Challenge) { c.Value = text(bytes.Repeat([]byte{2}, 32)) }
		}, idp.ReasonPasskeyChallenge},
		"nothing begun":        {func(a *attempt) { a.forget = func(c *passkey.Challenge) { *c = passkey.Challenge{} } }, idp.ReasonPasskeyTransaction},
		"another transaction":  {func(a *attempt) { a.binding = "another/browser" }, idp.ReasonPasskeyTransaction},
		"another browser":      {func(a *attempt) { a.binding = "transaction/another" }, idp.ReasonPasskeyTransaction},
		"begun for adding":     {func(a *attempt) { a.forget = func(c *passkey.Challenge) { c.Purpose = passkey.Adding } }, idp.ReasonPasskeyType},
		"begun for nothing":    {func(a *attempt) { a.forget = func(c *passkey.Challenge) { c.Purpose = "" } }, idp.ReasonPasskeyType},
		"late":                 {func(a *attempt) { a.at = begin().Add(passkey.Lifetime) }, idp.ReasonPasskeyLate},
		"nobody has it":        {func(a *attempt) { a.holder = passkey.Holder{} }, idp.ReasonPasskeyUnknown},
		"an app's record":      {func(a *attempt) { a.holder.Authenticator.Kind = idp.KindTOTP }, idp.ReasonPasskeyUnknown},
		"record of another":    {func(a *attempt) { a.holder = another(a, t) }, idp.ReasonPasskeyUnknown},
		"another person's":     {func(a *attempt) { a.holder.Authenticator.UserID = "usr_bob" }, idp.ReasonPasskeyOthers},
		"names another":        {func(a *attempt) { a.d.auth.Options.UserHandle = bytes.Repeat([]byte{1}, 64) }, idp.ReasonPasskeyHandle},
		"names another, alone": {alone(func(a *attempt) { a.d.auth.Options.UserHandle = bytes.Repeat([]byte{1}, 64) }), idp.ReasonPasskeyHandle},
		"names nobody, alone":  {alone(func(a *attempt) { a.d.auth.Options.UserHandle = nil }), idp.ReasonPasskeyHandle},
		"holder of another":    {alone(func(a *attempt) { a.holder.Handle = idp.NewUserHandle() }), idp.ReasonPasskeyHandle},
		"not verified, alone":  {alone(func(a *attempt) { a.d.auth.Options.UserNotVerified = true }), idp.ReasonPasskeyUnverified},
		"downgraded":           {alone(signed(flags(0, 4))), idp.ReasonPasskeyUnverified},
		"nobody there":         {func(a *attempt) { a.d.auth.Options.UserNotPresent = true }, idp.ReasonPasskeyAbsent},
		"backed up, not able":  {signed(flags(16, 0)), idp.ReasonPasskeyFlags},
		"able since today":     {signed(flags(8, 0)), idp.ReasonPasskeyFlags},
		"not signed":           {sent(func(_, r map[string]any) { r["signature"] = "" }), idp.ReasonPasskeySignature},
		"signed by another":    {func(a *attempt) { a.d.cred.Key = newDevice(virtualwebauthn.KeyTypeEC2).cred.Key }, idp.ReasonPasskeySignature},
		"signed by RSA":        {func(a *attempt) { a.d.cred.Key = newDevice(virtualwebauthn.KeyTypeRSA).cred.Key }, idp.ReasonPasskeySignature},
		"counter, unsigned": {sent(func(_, r map[string]any) {
			r["authenticatorData"] = text(count(bytesOf(t, r["authenticatorData"]), 99))
		}), idp.ReasonPasskeySignature},
		"verified, unsigned": {func(a *attempt) {
			a.d.auth.Options.UserNotVerified = true
			sent(func(_, r map[string]any) {
				r["authenticatorData"] = text(flags(4, 0)(bytesOf(t, r["authenticatorData"])))
			})(a)
		}, idp.ReasonPasskeySignature},
		"client, unsigned":   {sent(func(_, r map[string]any) { r["clientDataJSON"] = text(append(bytesOf(t, r["clientDataJSON"]), ' ')) }), idp.ReasonPasskeySignature},
		"cut signature":      {sent(func(_, r map[string]any) { r["signature"] = text(bytesOf(t, r["signature"])[1:]) }), idp.ReasonPasskeySignature},
		"cut data":           {signed(func(data []byte) []byte { return data[:36] }), idp.ReasonPasskeyForm},
		"bytes left over":    {signed(func(data []byte) []byte { return append(data, 0) }), idp.ReasonPasskeyForm},
		"CBOR in CBOR":       {signed(extended(bytes.Repeat([]byte{0x81}, 6000))), idp.ReasonPasskeyForm},
		"a huge map":         {signed(extended([]byte{0xbb, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff})), idp.ReasonPasskeyForm},
		"a key of adding":    {signed(flags(64, 0)), idp.ReasonPasskeyForm},
		"truncated":          {raw(func(b []byte) []byte { return b[:len(b)-10] }), idp.ReasonPasskeyForm},
		"empty":              {raw(func([]byte) []byte { return nil }), idp.ReasonPasskeyForm},
		"null":               {raw(func([]byte) []byte { return []byte("null") }), idp.ReasonPasskeyForm},
		"a list":             {raw(func([]byte) []byte { return []byte("[]") }), idp.ReasonPasskeyForm},
		"JSON in JSON":       {raw(func([]byte) []byte { return bytes.Repeat([]byte{'['}, passkey.MaxAnswer) }), idp.ReasonPasskeyForm},
		"trailing data":      {raw(func(b []byte) []byte { return append(b, "{}"...) }), idp.ReasonPasskeyForm},
		"1 MB":               {func(a *attempt) { a.change = padded(1 << 20) }, idp.ReasonPasskeySize},
		"a byte too many":    {func(a *attempt) { a.change = padded(passkey.MaxAnswer + 1) }, idp.ReasonPasskeySize},
		"two credentials":    {sent(func(f, _ map[string]any) { f["rawId"] = "Y3JlZA" }), idp.ReasonPasskeyForm},
		"no credential":      {sent(func(f, _ map[string]any) { f["id"], f["rawId"] = "", "" }), idp.ReasonPasskeyForm},
		"another kind":       {sent(func(f, _ map[string]any) { f["type"] = "password" }), idp.ReasonPasskeyForm},
		"a key of RSA 1,024": {func(a *attempt) { a.holder.Authenticator.Passkey.PublicKey = weakKey(t) }, idp.ReasonPasskeyAlgorithm},
		"no stored key":      {func(a *attempt) { a.holder.Authenticator.Passkey.PublicKey = idp.Secret{} }, idp.ReasonPasskeyAlgorithm},
	} {
		t.Run(name, func(t *testing.T) {
			a := attempt{party: newParty(t), d: newDevice(virtualwebauthn.KeyTypeEC2), binding: binding, at: begin(), forge: same, data: whole}
			person, holder := added(t, a.party, a.d)
			a.holder = holder
			c.prepare(&a)
			asked, challenge, err := a.party.BeginSecond(person, binding, begin())
			if a.alone {
				asked, challenge, err = a.party.BeginAlone(binding, begin())
			}
			must(t, err)
			reply := a.d.forged(t, asked, a.forge, a.data)
			if a.change != nil {
				reply = a.change(t, reply)
			}
			if a.forget != nil {
				a.forget(&challenge)
			}
			answer, err := passkey.Read(reply)
			if err == nil {
				_, err = a.party.Verify(challenge, a.binding, answer, a.holder, a.at)
			}
			refused(t, name, err, c.want)
		})
	}
}

// weakKey is a COSE_Key of RSA with 1,024 bits.
func weakKey(t testing.TB) idp.Secret {
	t.Helper()
	cose, err := cbor.Marshal(map[int]any{1: 3, 3: -257, -1: bytes.Repeat([]byte{0xff}, 128), -2: []byte{1, 0, 1}})
	must(t, err)
	return idp.NewSecret(string(cose))
}

// count puts another counter into authenticator data.
func count(data []byte, n uint32) []byte {
	binary.BigEndian.PutUint32(data[33:], n)
	return data
}

// extended gives authenticator data an extension.
func extended(raw []byte) func([]byte) []byte {
	return func(data []byte) []byte {
		data[32] |= 0x80
		return append(data, raw...)
	}
}

// ledger is a store with one passkey.
type ledger struct {
	use   idp.PasskeyUse
	at    time.Time
	moved bool
	err   error
}

func (l *ledger) UsePasskey(_ context.Context, use idp.PasskeyUse, now time.Time) (bool, error) {
	l.use, l.at = use, now
	return l.moved, l.err
}

// What the store says of a right answer decides whether it counts.
func TestARightAnswerIsSettled(t *testing.T) {
	verified := passkey.Verified{Use: idp.PasskeyUse{ID: "aut_one", SignCount: 3, Challenge: "c"}}
	down := errors.New("down")
	for name, c := range map[string]struct {
		ledger ledger
		want   idp.Reason
		err    error
	}{
		"it counts":    {ledger: ledger{moved: true}},
		"backwards":    {want: idp.ReasonPasskeyCounter},
		"a replay":     {ledger: ledger{err: idp.ErrUsed}, want: idp.ReasonPasskeyUsed},
		"removed":      {ledger: ledger{err: idp.ErrNotFound}, want: idp.ReasonPasskeyUnknown},
		"store is off": {ledger: ledger{err: down}, err: down},
	} {
		no, err := verified.Settle(t.Context(), &c.ledger, begin())
		if !errors.Is(err, c.err) || c.ledger.use != verified.Use || !c.ledger.at.Equal(begin()) {
			t.Errorf("%s: %v, %+v", name, err, c.ledger)
		}
		if c.want == "" {
			if no != nil {
				t.Errorf("%s: %v", name, no)
			}
			continue
		}
		refused(t, name, no, c.want)
	}
	refused(t, "taken", passkey.Taken(idp.ErrConflict), idp.ReasonPasskeyTaken)
	if passkey.Taken(down) != down || passkey.Taken(nil) != nil {
		t.Error("another error is made a refusal")
	}
}
