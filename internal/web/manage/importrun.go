package manage

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// importTime is how long one request imports before it answers how far it came. The visitor's own page goes on, so that each part is
// given with the session, the rights and the proofs of that moment, and nothing runs in anybody's name after they have left.
const importTime = 4 * time.Second

// progress is how far an import is. It is kept beside the sheet: an import that is repeated, after a crash or by a second tab, finds the
// people who are there already, so that what is lost with it is a number.
type progress struct {
	Columns          []meaning
	Next             int // the first row that was not imported
	Created, Present int
	Faults           []checkedLine
	FaultCount       int
	Seen             map[string]int // the line on which each user name stands first
}

// foldName is a user name as lines are compared by it.
func foldName(username string) string { return strings.ToLower(strings.TrimSpace(username)) }

// runImport imports for a while, and leads to the page that says how far it is.
func (s *Surface) runImport(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	form, err := web.Form{Lines: []string{"sheet"}, Lists: []string{"column"}}.Read(w, r)
	if err != nil {
		return err
	}
	id := form.Get("sheet")
	var sheet importer.Sheet
	if err := s.need(r.Context(), v, id, &sheet); err != nil {
		return err
	}
	at := progress{Columns: meaningsOf(form["column"]), Seen: map[string]int{}}
	if err := s.find(r.Context(), v, id+"/progress", &at); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	err = checkMeanings(at.Columns, sheet)
	if err == nil {
		err = s.importSome(r, v, id, sheet, &at)
	}
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" && at.Next == 0 {
		return s.showCheck(w, r, v, id, form["column"], p)
	}
	if p.Text != "" {
		return s.showProgress(w, r, v, id, sheet, at, p)
	}
	http.Redirect(w, r, importPath("/run", id), http.StatusSeeOther)
	return nil
}

// importSome imports parts until importTime is over, and records each.
func (s *Surface) importSome(r *http.Request, v door.Visitor, id string, sheet importer.Sheet, at *progress) error {
	read, err := s.readingOf(r, v, at.Columns)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(r.Context()) // a part that was begun is recorded, too
	for began := s.Clock(); at.Next < len(sheet.Rows) && s.Clock().Sub(began) < importTime; {
		rows := sheet.Rows[at.Next:min(at.Next+directory.MaxImport, len(sheet.Rows))]
		part := read.part(rows, at.Seen)
		results, err := s.People.ImportPeople(ctx, v.Caller, v.Account.Practice.ID, id, part.people, v.Now)
		if err != nil {
			return err
		}
		for _, line := range part.lines(rows, results) {
			switch {
			case line.Why == "" && line.State.Tone == web.ToneGood:
				at.Created++
			case line.Why == "":
				at.Present++
			default:
				at.FaultCount++
				if len(at.Faults) < shownFaults {
					at.Faults = append(at.Faults, line)
				}
			}
		}
		at.Next += len(rows)
		if err := s.put(ctx, v, id+"/progress", at); err != nil {
			return err
		}
	}
	return nil
}

// runBody is the page that says how far an import is, and at its end what became of it.
type runBody struct {
	Sheet              string
	Done, All          int64
	Over, GoOn         bool // GoOn: a script may press the button
	Created, Present   string
	Any                bool // somebody was added
	Faults             []checkedLine
	FaultCount, Prove  string
	Invited, InviteAll string // the list of those who have not joined, and where the form goes that invites them
}

// running shows it.
func (s *Surface) running(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	id := r.URL.Query().Get("sheet")
	var sheet importer.Sheet
	var at progress
	if err := cmp.Or(s.need(r.Context(), v, id, &sheet), s.need(r.Context(), v, id+"/progress", &at)); err != nil {
		return err
	}
	return s.showProgress(w, r, v, id, sheet, at, web.NoProblem())
}

func (s *Surface) showProgress(w http.ResponseWriter, r *http.Request, v door.Visitor, id string, sheet importer.Sheet, at progress, p web.Problem) error {
	invited := people.Listing{Filter: directory.FilterInvited}
	body := runBody{
		Sheet: id, Done: int64(at.Next), All: int64(len(sheet.Rows)), Over: at.Next >= len(sheet.Rows), GoOn: p.Text == "",
		Created: web.Count(at.Created, "person", "people"), Any: at.Created > 0, Present: idp.Number(at.Present), Faults: at.Faults,
		Prove: s.kit.Beside(p), Invited: invited.At(home), InviteAll: invited.At(batches),
	}
	if at.FaultCount > 0 {
		body.FaultCount = idp.Number(at.FaultCount)
	}
	title := "Importing"
	if body.Over {
		title = "The import is finished"
	}
	f := s.frame(v, inPeople, "import-run", title)
	f.Wide, f.Shell.Back, f.Alert = true, &web.Link{URL: home, Label: "People"}, p.Alert()
	return s.show(w, r, p.Status, "import-run", f, body)
}
