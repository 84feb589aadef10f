package auditlog

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/idp"
)

// Checkpoint is a signed size and root, as it is stored.
type Checkpoint struct {
	Size      int64
	Note      string // signed; operators can keep it elsewhere
	Frontier  []byte // what the tree goes on from; not signed, but its root must be the signed one
	CreatedAt time.Time
}

// origin is the first line of a checkpoint and the name of the key: what the signature is about.
const origin = "apsid-audit-log"

// key signs checkpoints and knows its own signatures.
type key struct {
	signer   note.Signer
	verifier note.Verifier
	public   string // as the verifier was read from it
}

// NewKey draws a key, in the form that is kept sealed.
func NewKey() (idp.Secret, error) {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return idp.Secret{}, fmt.Errorf("audit log key: %w", err)
	}
	return idp.NewSecret(private + "\n" + public), nil
}

func parseKey(stored idp.Secret) (key, error) {
	private, public, _ := strings.Cut(stored.Reveal(), "\n")
	signer, err := note.NewSigner(private)
	if err != nil {
		return key{}, errors.New("the key of the audit log can't be read") // its text would show the key
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		return key{}, fmt.Errorf("the key of the audit log: %w", err)
	}
	return key{signer: signer, verifier: verifier, public: public}, nil
}

// sign writes a checkpoint: origin, size and root (C2SP tlog-checkpoint), and when.
func (k key) sign(t *tree, now time.Time) (Checkpoint, error) {
	root := t.root()
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", origin, t.size, root, now.UTC().Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign a checkpoint: %w", err)
	}
	return Checkpoint{Size: t.size, Note: string(signed), Frontier: t.frontier(), CreatedAt: now}, nil
}

// signed is what a checkpoint says.
type signed struct {
	size int64
	root tlog.Hash
	at   time.Time
}

// open returns what a checkpoint says, if the signature is ours.
func (k key) open(text string) (s signed, err error) {
	opened, err := note.Open([]byte(text), note.VerifierList(k.verifier))
	if err != nil {
		return signed{}, fmt.Errorf("the signature is not ours: %w", err)
	}
	var encoded, when string
	if _, err := fmt.Sscanf(opened.Text, origin+"\n%d\n%s\n%s\n", &s.size, &encoded, &when); err != nil {
		return signed{}, fmt.Errorf("not a checkpoint: %w", err)
	}
	if s.root, err = tlog.ParseHash(encoded); err != nil {
		return signed{}, fmt.Errorf("not a checkpoint: %w", err)
	}
	if s.at, err = time.Parse(time.RFC3339, when); err != nil {
		return signed{}, fmt.Errorf("not a checkpoint: %w", err)
	}
	return s, nil
}
