package manage_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/testworld"
)

var (
	sheetPattern  = regexp.MustCompile(`name="sheet" value="(imp_[a-z0-9]+)"`)
	columnPattern = regexp.MustCompile(`type="hidden" name="column" value="([a-z]+)"`)
)

// upload sends a file in a field, as a browser does.
func (s *surfer) upload(field string, file []byte) testworld.Page {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, `people "2031".csv`)
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.Forge = func(r *http.Request) {
		if r.Method == http.MethodPost {
			r.Header.Set("Content-Type", form.FormDataContentType())
			r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		}
	}
	defer func() { s.Forge = nil }()
	return s.Post("/manage/import", url.Values{})
}

// run presses Import on the preview, and Go on until it is over.
func (s *surfer) run(check testworld.Page) testworld.Page {
	s.t.Helper()
	form := url.Values{"sheet": {check.One(s.t, sheetPattern)}}
	for _, column := range columnPattern.FindAllStringSubmatch(check.Body, -1) {
		form.Add("column", column[1])
	}
	p := s.Post("/manage/import/run", form).OK(s.t, "import-run")
	for strings.Contains(p.Body, "data-go-on") {
		p = s.Post("/manage/import/run", url.Values{"sheet": {p.One(s.t, sheetPattern)}}).OK(s.t, "import-run")
	}
	return p
}

func TestPeopleAreImportedFromASheet(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	before := strings.Count(olivia.trail(), `"action":"user.created"`)
	file := "First name;Surname;Login;E-mail;Rights;Apps;Notes\n" +
		"Zo\xeb;M\xfcller;zoem;zoe@harbourfinch.example;User Management+;Contacts+;x\n" +
		"Ben;Hall;benh;ben@harbourfinch.example;;;\n" +
		"Tom;Okafor;tomo;tom@harbourfinch.example;;;\n" + // is there
		"Cat;Low;cat;not-an-address;;;\n" +
		"Dan;Low;dan;dan@harbourfinch.example;Emperor;;\n" +
		"Eve;Low;eve;eve@harbourfinch.example;;Payroll;\n" +
		"Ben;Again;ben2;BEN@harbourfinch.example;;;\n" +
		"Fay;Low\n"
	check := olivia.upload("file", []byte(file)).OK(t, "import-check")
	check.Shows(t, "Windows-1252", "<b>2 people</b>", "<dt>There already</dt><dd>1</dd>", "Zoë Müller", "There already</span>",
		"There is no right “Emperor”", "has no app “Payroll”", "stands on line 3", "has 2 columns", "Import 2 people")
	if got := strings.Count(olivia.trail(), `"action":"user.created"`); got != before {
		t.Fatal("the preview wrote something")
	}
	olivia.run(check).Shows(t, "The import is finished", "<b>8 of 8</b>", "<b>2 people</b>", "<dt>Not imported</dt><dd>5</dd>", "Send the invitations")
	olivia.Get("/manage?search=zoe").OK(t, "people").Shows(t, "Zoë Müller", "Invited</span>", "User Management&#43;")
	olivia.Get("/manage/users/"+olivia.user("zoe")).OK(t, "person").Shows(t, "May not use", "Cloud Timesheets", "/resend-invite")
	if got := strings.Count(olivia.trail(), `"action":"user.created"`); got != before+2 {
		t.Errorf("%d events", got-before)
	}
	again := olivia.upload("file", []byte(file)).OK(t, "import-check").Shows(t, "<b>0 people</b>", "<dt>There already</dt><dd>3</dd>")
	if strings.Contains(again.Body, `action="/manage/import/run"`) {
		t.Error("there is nobody to import")
	}
	invite := olivia.Post("/manage/batch?filter=invited", url.Values{"scope": {"listed"}, "action": {"resend-invite"}}).OK(t, "batch")
	olivia.confirm(invite, "").OK(t, "batch-result").Shows(t, "The invitation was sent to", "Zoë Müller")
}

// A sheet whose columns nobody can guess is mapped by hand.
func TestColumnsAreMappedByHand(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	p := olivia.Post("/manage/import", url.Values{"pasted": {"Wer\tWo\r\nAnn Hall\tann@harbourfinch.example"}}).OK(t, "import-check")
	if strings.Contains(p.Body, "/manage/import/run") {
		t.Error("columns that nobody knows can be imported")
	}
	id := p.One(t, sheetPattern)
	at := func(columns ...string) testworld.Page {
		return olivia.Get("/manage/import/check?" + url.Values{"sheet": {id}, "column": columns}.Encode())
	}
	at("name", "name").On(t, "import-check").Shows(t, "Two columns stand for the same")
	at("name", "none").On(t, "import-check").Shows(t, "Say which column has the email address")
	at("name").On(t, "import-check").Shows(t, "Say for each column")
	at("name", "password").On(t, "import-check").Shows(t, "There is no such column")
	olivia.run(at("name", "username").OK(t, "import-check")).Shows(t, "<b>1 person</b>")
	olivia.Get("/manage?search=ann").OK(t, "people").Shows(t, "Ann Hall")
}

// ABUSE 37, 38: what stands in a file is text, and bounded.
func TestASheetIsShownAsText(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	cellOf := func(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
	evil := cellOf(testworld.Markup)
	check := olivia.upload("file", []byte("name,"+evil+",email,roles\n"+evil+",=1+2,x@harbourfinch.example,"+evil+"\n=1+2,"+evil+",y@harbourfinch.example,\n"))
	check.OK(t, "import-check").Inert(t)
	olivia.run(check).Inert(t)
	for name, file := range map[string]string{
		"is larger": "name,email\n" + strings.Repeat("x", 950<<10), "is empty": "", "no line below": "name,email\n",
		"first line": "\x1b,\x00\nA,a@x.example",
	} {
		p := olivia.upload("file", []byte(file))
		if p.Status != http.StatusUnprocessableEntity || p.Step != "import" {
			t.Errorf("%s: %d at %s", name, p.Status, p.Step)
		}
		p.Shows(t, name, `aria-invalid="true"`)
	}
	if p := olivia.upload("file", make([]byte, 2<<20)); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("2 MB: %d", p.Status)
	}
	if p := olivia.upload("password", []byte("name,email\nA,a@x.example")); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("another field: %d", p.Status)
	}
	cell := olivia.upload("file", []byte("name,email\n"+strings.Repeat("y", 800<<10)+",a@x.example\nBen Hall,ben@harbourfinch.example\n")).OK(t, "import-check")
	cell.Shows(t, "is longer than 64 KiB", "Import 1 person")
	if len(cell.Body) > 64<<10 {
		t.Errorf("the page has %d bytes", len(cell.Body))
	}
}

// ABUSE 26, 32, 33: the file of another visitor is not there, nobody of another practice is told of, and no right is given that the
// visitor lacks.
func TestAnImportReachesNobodyElse(t *testing.T) {
	w := open(t)
	olivia, aroha := w.manager(t, "olivia"), w.manager(t, "aroha")
	theirs := "Name,Email\nGuess,aroha@kaurilane.example\nFree,free@kaurilane.example\n"
	check := olivia.upload("file", []byte(theirs)).OK(t, "import-check").Shows(t, "<b>2 people</b>")
	sheet := check.One(t, sheetPattern)
	for _, address := range []string{"/manage/import/run?sheet=" + sheet, "/manage/import/run?sheet=imp_none"} {
		if p := aroha.Get(address); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", address, p.Status)
		}
	}
	if p := aroha.Post("/manage/import/run", url.Values{"sheet": {sheet}, "column": {"name", "username"}}); p.Status != http.StatusNotFound {
		t.Errorf("another visitor imports it: %d", p.Status)
	}
	olivia.run(check).Shows(t, "<b>1 person</b>", "This email address can’t be used.")
	olivia.Get("/manage/activity").OK(t, "activity").Shows(t, "The person was added")

	tom := olivia.user("tom")
	access := "/manage/users/" + tom + "/access"
	olivia.Post(access, url.Values{"version": {olivia.version(access)}, "roles": {"user_management"}, "apps": {"contacts", "timesheets", "lodgements"}}).OK(t, "person")
	his := w.manager(t, "tom")
	his.upload("file", []byte("Name,Email,Rights\nBoss,boss@harbourfinch.example,System Administrator\n")).OK(t, "import-check").
		Shows(t, "rights that you don’t have", "There is nobody to add")
}

// Proofs that became too old stop an import at a part, and it goes on from there.
func TestAnImportGoesOnWhereItStopped(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	check := olivia.upload("file", []byte("Name,Email\nAnn Hall,ann@harbourfinch.example\n")).OK(t, "import-check")
	w.Clock.Advance(14 * time.Minute)
	olivia.Get("/manage").OK(t, "people")
	w.Clock.Advance(2 * time.Minute)
	form := url.Values{"sheet": {check.One(t, sheetPattern)}, "column": {"name", "username"}}
	stale := olivia.Post("/manage/import/run", form)
	if stale.Status != http.StatusForbidden || stale.Step != "import-check" {
		t.Errorf("with old proofs: %d at %s", stale.Status, stale.Step)
	}
	stale.Shows(t, "/manage/prove", "Ann Hall")
	asked := olivia.Get(check.At)
	back := olivia.SignIn(asked, w.Person("olivia"), w.Clock).OK(t, "import-check")
	olivia.run(back).Shows(t, "<b>1 person</b>")
	olivia.Post("/manage/import/run", form).OK(t, "import-run").Shows(t, "<b>1 of 1</b>") // pressed again
	created := 0
	for line := range strings.Lines(olivia.trail()) {
		if strings.Contains(line, `"action":"user.created"`) && strings.Contains(line, "ann@harbourfinch.example") {
			created++
		}
	}
	if created != 1 {
		t.Errorf("she was created %d times", created)
	}
}

// An import that a limit stops says why and until when, and no script presses its button again and again. The next sheet takes the
// place of the last, so that no visitor fills the store.
func TestAnImportThatIsStopped(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	paste := func(lines string) testworld.Page {
		return olivia.Post("/manage/import", url.Values{"pasted": {"Name,Email\n" + lines}}).OK(t, "import-check")
	}
	first := paste("Ann,ann@harbourfinch.example")
	for n := range policy.DefaultLimits()[idp.LimitImportsByPractice].Most - 1 {
		olivia.run(paste(fmt.Sprintf("P,p%d@harbourfinch.example", n)))
	}
	form := url.Values{"sheet": {first.One(t, sheetPattern)}, "column": {"name", "username"}}
	if p := olivia.Post("/manage/import/run", form); p.Status != http.StatusNotFound {
		t.Errorf("a sheet whose place was taken: %d", p.Status)
	}
	var file strings.Builder
	file.WriteString("Name,Email\n")
	for n := range directory.MaxImport + 1 {
		fmt.Fprintf(&file, "Q,q%d@harbourfinch.example\n", n)
	}
	form.Set("sheet", olivia.upload("file", []byte(file.String())).One(t, sheetPattern))
	p := olivia.Post("/manage/import/run", form)
	if p.Status != http.StatusTooManyRequests || p.Step != "import-run" || strings.Contains(p.Body, "data-go-on") {
		t.Errorf("over the limit: %d at %s", p.Status, p.Step)
	}
	p.Shows(t, "as many people as can be imported at a time", "You can go on at ", "<b>500 of 501</b>")
}

func TestThousandsAreImported(t *testing.T) {
	w := open(t)
	olivia := w.manager(t, "olivia")
	var file strings.Builder
	file.WriteString("Name,Email\n")
	for n := range 2000 {
		fmt.Fprintf(&file, "Person %d,p%d@harbourfinch.example\n", n, n)
	}
	check := olivia.upload("file", []byte(file.String())).OK(t, "import-check").Shows(t, "<b>2,000 people</b>")
	olivia.run(check).Shows(t, "<b>2,000 of 2,000</b>", "<b>2,000 people</b>")
	batch := olivia.Post("/manage/batch?search=person", url.Values{"scope": {"listed"}, "action": {"disable-user"}}).OK(t, "batch")
	batch.Shows(t, "Disable 500 people", "The list has more people")
	olivia.confirm(batch, "They left").OK(t, "batch-result").Shows(t, "Disabled: 500 people.")
}
