package manage

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

const (
	shownLines  = 20  // good lines that a preview shows
	shownFaults = 200 // bad lines that a page lists
)

// checkBody is the preview of an import.
type checkBody struct {
	Sheet        string
	Encoding     string // "" for UTF-8, of which nothing needs to be said
	Columns      []web.Options
	Chosen       []string // what each column stands for, to send along
	New, Present string
	Any          bool // there is somebody to add
	Lines        []checkedLine
	Faults       []checkedLine
	FaultCount   string // of all, of which the first ones are listed
	Prove        string
}

// checkedLine is a line of the sheet, as it was understood.
type checkedLine struct {
	Line                   int
	Name, Username, Rights string
	State                  web.Badge
	Why                    string
}

// check shows the preview: what would be added, who is there already, and what can't be, by line. Nothing is written.
func (s *Surface) check(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	query := r.URL.Query()
	return s.showCheck(w, r, v, query.Get("sheet"), query["column"], web.NoProblem())
}

func (s *Surface) showCheck(w http.ResponseWriter, r *http.Request, v door.Visitor, id string, chosen []string, p web.Problem) error {
	var sheet importer.Sheet
	if err := s.need(r.Context(), v, id, &sheet); err != nil {
		return err
	}
	columns := guess(sheet)
	if len(chosen) > 0 {
		columns = meaningsOf(chosen)
	}
	wrong, err := orProblem(checkMeanings(columns, sheet))
	if err != nil {
		return err
	}
	if p.Text == "" && wrong.Text != "" && len(chosen) > 0 {
		p = wrong
	}
	body := checkBody{Sheet: id, Columns: columnOptions(sheet, columns), Chosen: texts(columns), Prove: s.kit.Beside(p)}
	if sheet.Encoding != importer.UTF8 {
		body.Encoding = string(sheet.Encoding)
	}
	if wrong.Text == "" {
		if err := s.preview(r, v, sheet, columns, &body); err != nil {
			return err
		}
	}
	f := s.frame(v, inPeople, "import-check", "Check the import")
	f.Wide, f.Shell.Back = true, &web.Link{URL: imports, Label: "Import people"}
	if p.Text != "" {
		f.Alert = &web.Alert{Text: p.Text, Target: "column-0"}
	}
	return s.show(w, r, p.Status, "import-check", f, body)
}

func meaningsOf(values []string) []meaning {
	all := make([]meaning, len(values))
	for i, value := range values {
		all[i] = meaning(value)
	}
	return all
}

// columnOptions offers, for each column, what it may stand for, with the first cell as an example.
func columnOptions(sheet importer.Sheet, columns []meaning) []web.Options {
	all := make([]web.Options, len(sheet.Columns))
	for i, name := range sheet.Columns {
		o := web.Options{Name: "column-" + strconv.Itoa(i), Label: short(name)}
		if name == "" {
			o.Label = "Column " + strconv.Itoa(i+1)
		}
		for _, row := range sheet.Rows {
			if row.Fault == "" && row.Cells[i] != "" {
				o.Hint = "For example: " + short(row.Cells[i])
				break
			}
		}
		for _, m := range meanings() {
			o.Options = append(o.Options, web.Option{Value: string(m.meaning), Label: m.label, Chosen: i < len(columns) && columns[i] == m.meaning})
		}
		all[i] = o
	}
	return all
}

// preview asks package directory about every line.
func (s *Surface) preview(r *http.Request, v door.Visitor, sheet importer.Sheet, columns []meaning, body *checkBody) error {
	read, err := s.readingOf(r, v, columns)
	if err != nil {
		return err
	}
	news, present, faults := 0, 0, 0
	first := map[string]int{}
	for rows := range slices.Chunk(sheet.Rows, directory.MaxImport) {
		part := read.part(rows, first)
		results, err := s.People.CheckImport(r.Context(), v.Caller, v.Account.Practice.ID, part.people, v.Now)
		if err != nil {
			return err
		}
		for _, line := range part.lines(rows, results) {
			switch {
			case line.Why != "":
				faults++
				if len(body.Faults) < shownFaults {
					body.Faults = append(body.Faults, line)
				}
				continue
			case line.State.Tone == web.ToneGood:
				news++
			default:
				present++
			}
			if len(body.Lines) < shownLines {
				body.Lines = append(body.Lines, line)
			}
		}
	}
	body.New, body.Present, body.Any = web.Count(news, "person", "people"), idp.Number(present), news > 0
	if faults > 0 {
		body.FaultCount = idp.Number(faults)
	}
	return nil
}

// part is some lines of a sheet, on the way to package directory.
type part struct {
	people []directory.NewUser
	places []int          // of people, in the lines
	faults map[int]string // by place: what is wrong with the lines that are no people
	names  map[int]directory.NewUser
}

// part reads lines. first has the line on which each user name stands first.
func (d reading) part(rows []importer.Row, first map[string]int) part {
	p := part{faults: map[int]string{}, names: map[int]directory.NewUser{}}
	for i, row := range rows {
		n, fault := d.person(row)
		p.names[i] = n
		before, twice := first[foldName(n.Username)]
		switch {
		case fault != "":
			p.faults[i] = fault
		case twice && before != row.Line:
			p.faults[i] = "The same email address stands on line " + idp.Number(before) + ". Each person needs their own."
		default:
			first[foldName(n.Username)] = row.Line
			p.people, p.places = append(p.people, n), append(p.places, i)
		}
	}
	return p
}

// lines words what became, or would become, of each line.
func (p part) lines(rows []importer.Row, results []directory.ImportResult) []checkedLine {
	lines := make([]checkedLine, len(rows))
	for i, row := range rows {
		n := p.names[i]
		lines[i] = checkedLine{Line: row.Line, Name: short(n.Name), Username: short(n.Username), Rights: people.RightsOf(idp.User{Roles: n.Roles}), Why: p.faults[i]}
	}
	for k, place := range p.places {
		switch results[k].Outcome {
		case directory.ImportCreated:
			lines[place].State = web.Badge{Tone: web.ToneGood, Text: "New"}
		case directory.ImportPresent:
			lines[place].State = web.Badge{Text: "There already"}
		default:
			problem, _ := orProblem(results[k].Err)
			lines[place].Why = problem.Text
		}
	}
	return lines
}
