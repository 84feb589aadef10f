package auditlog

import (
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/idp"
)

// Record is an event as its row has it, text by text: what is hashed must be what is stored, readable or not.
type Record struct {
	ID         idp.EventID
	At         time.Time
	Type       string
	ActorKind  string
	ActorID    string
	PracticeID string
	UserID     string
	ClientID   string
	SID        string
	Result     string
	Reason     string
	Address    string
	UserAgent  string
	Details    string // JSON, as stored
}

// version is part of every hash: records written in another way would have another version, and their hashes could never be taken
// for these.
const version = "apsid-event-1"

// hash is the record's leaf in the tree (RFC 6962, section 2.1). JSON keeps the fields apart whatever is in them.
func (r Record) hash() (tlog.Hash, error) {
	fields := []string{
		version, string(r.ID), r.At.UTC().Format(time.RFC3339Nano), r.Type, r.ActorKind, r.ActorID, r.PracticeID, r.UserID, r.ClientID,
		r.SID, r.Result, r.Reason, r.Address, r.UserAgent, r.Details,
	}
	encoded, err := json.Marshal(fields)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("encode event %s: %w", r.ID, err)
	}
	return tlog.RecordHash(encoded), nil
}

// Leaf is an event's place in the tree.
type Leaf struct {
	Index   int64 // from 0, without gaps
	EventID idp.EventID
	Hash    tlog.Hash // of the record
	Root    tlog.Hash // of the tree that ends with this leaf
}

// Sealed is a leaf with its event, which is nil if it is missing.
type Sealed struct {
	Leaf
	Record *Record
}
