package importer

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// maxPractice is the longest identifier or name that is looked for, in characters.
const maxPractice = 100

// practices finds practices by identifier or by their exact name, each once.
type practices struct {
	stored Practices
	caller directory.Caller
	known  map[string]match
}

// match is what a text in a file stands for.
type match struct {
	id    idp.PracticeID
	fault string
}

// find returns what the text stands for. The error is one of the store.
func (p *practices) find(ctx context.Context, text string, now time.Time) (match, error) {
	if utf8.RuneCountInString(text) > maxPractice {
		return match{fault: "practice: is longer than any practice’s name"}, nil
	}
	if text == "" {
		return match{fault: "practice: is missing"}, nil
	}
	if found, ok := p.known[text]; ok {
		return found, nil
	}
	found := match{fault: "practice: there is no such practice"}
	for page := (directory.Page{}); ; {
		list, next, err := p.stored.ListPractices(ctx, p.caller, directory.PracticeQuery{Search: text}, page, now)
		if err != nil {
			return match{}, err
		}
		for _, practice := range list {
			switch {
			case string(practice.ID) == text:
				p.known[text] = match{id: practice.ID}
				return p.known[text], nil
			case practice.Name == text && found.id == "" && found.fault != ambiguous:
				found = match{id: practice.ID}
			case practice.Name == text:
				found = match{fault: ambiguous}
			}
		}
		if page.After = next; next == "" {
			p.known[text] = found
			return found, nil
		}
	}
}

const ambiguous = "practice: several have this name; give the identifier (prc_…)"
