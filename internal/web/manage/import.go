package manage

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/importer"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// imports is where the pages of an import live.
const imports = home + "/import"

// importBody is the page that asks for a file, or for lines that are pasted.
type importBody struct {
	Pasted       web.Area
	File         string // what is wrong with the file; "" for nothing
	Most, MostKB string
}

// importing asks for the file.
func (s *Surface) importing(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showImport(w, r, v, "", web.NoProblem())
}

// upload reads the file, keeps it, and leads to the preview. Nothing is written to the practice.
//
// The rows lie in Redis, sealed, for as long as a visitor may take to look at them: a form that carried ten thousand names to and fro
// would be too large for a phone, and could be changed between the preview and the import.
func (s *Surface) upload(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	file, pasted, err := readUpload(w, r)
	if err != nil {
		return err
	}
	sheet, err := importer.ReadSheet(file)
	p, err := orProblem(err)
	if err != nil {
		return err
	}
	if p.Text != "" {
		return s.showImport(w, r, v, pasted, p)
	}
	id := idp.NewID("imp_")
	if err := s.put(r.Context(), v, id, sheet); err != nil {
		return err
	}
	http.Redirect(w, r, importPath("/check", id), http.StatusSeeOther)
	return nil
}

func importPath(page, id string) string {
	return web.WithQuery(imports+page, url.Values{"sheet": {id}})
}

// readUpload reads the one file of a form, or the field with lines that were pasted.
func readUpload(w http.ResponseWriter, r *http.Request) (file []byte, pasted string, err error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		form, err := web.Form{Texts: []string{"pasted"}}.Read(w, r)
		return []byte(form.Get("pasted")), form.Get("pasted"), err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, "", &web.FormError{Status: http.StatusBadRequest, Public: "The form was not sent correctly.", Cause: err}
	}
	part, err := parts.NextPart()
	if err == nil && part.FormName() != "file" {
		return nil, "", &web.FormError{Status: http.StatusUnprocessableEntity, Public: "The form has a field that does not belong to it."}
	}
	if err == nil {
		file, err = io.ReadAll(io.LimitReader(part, importer.MaxSheet+1))
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return make([]byte, importer.MaxSheet+1), "", nil // ReadSheet says so, on the page
	}
	if err != nil {
		return nil, "", &web.FormError{Status: http.StatusBadRequest, Public: "The form did not arrive whole.", Cause: err}
	}
	return file, "", nil
}

func (s *Surface) showImport(w http.ResponseWriter, r *http.Request, v door.Visitor, pasted string, p web.Problem) error {
	body := importBody{
		Most: idp.Number(importer.MaxSheetRows), MostKB: idp.Number(importer.MaxSheet >> 10),
		Pasted: web.Area{Name: "pasted", Label: "Or paste the lines here", Hint: "With the names of the columns first, as copied from a spreadsheet.", Value: pasted, Rows: 6, Optional: true},
	}
	if pasted == "" {
		body.File = p.Of("file")
	} else {
		body.Pasted.Error = p.Of("file")
	}
	f := s.frame(v, inPeople, "import", "Import people")
	f.Shell.Back = &web.Link{URL: home, Label: "People"}
	if p.Text != "" {
		f.Alert = &web.Alert{Text: p.Text, Target: "file", AtField: true}
		if pasted != "" {
			f.Alert.Target = "pasted"
		}
	}
	return s.show(w, r, p.Status, "import", f, body)
}
