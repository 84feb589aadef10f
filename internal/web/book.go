package web

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/templates"
)

// book holds the templates of all pages. Each page needs a copy of the layouts, because escaping changes what it escapes, and these
// copies are most of the memory that a node would hold and of the work of its start: so a page is parsed when it is first shown.
// The files are part of the program, and a test parses every one.
type book struct {
	base  *template.Template
	files fs.FS
	pages map[string]func() (*template.Template, error) // by name: "error", "signin/password"
}

func newBook(assets *Assets, brand shownBrand) (*book, error) {
	files, err := templates.Pages()
	if err != nil {
		return nil, err
	}
	base := template.New("layout").Funcs(template.FuncMap{
		"asset": assets.Path, "brand": func() shownBrand { return brand }, "number": idp.Number[int64], "count": Count[int64],
	}).Option("missingkey=error")
	if base, err = base.ParseFS(files, sharedPages()...); err != nil {
		return nil, fmt.Errorf("parse the layout: %w", err)
	}
	b := &book{base: base, files: files, pages: make(map[string]func() (*template.Template, error))}
	return b, fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains(sharedPages(), file) || path.Base(file) == folderParts {
			return err
		}
		b.pages[strings.TrimSuffix(file, path.Ext(file))] = sync.OnceValues(func() (*template.Template, error) { return b.parse(file) })
		return nil
	})
}

// page returns the templates of a page: an error for one that there is not.
func (b *book) page(name string) (*template.Template, error) {
	parse, ok := b.pages[name]
	if !ok {
		return nil, fmt.Errorf("no page %q", name)
	}
	return parse()
}

// sharedPages are the templates that every page is parsed with.
func sharedPages() []string {
	return []string{"layout.gohtml", "layout-app.gohtml", "parts.gohtml", "parts-app.gohtml", "parts-trail.gohtml"}
}

// folderParts is the file with the templates that the pages of a surface share, in the surface's own folder.
const folderParts = "parts.gohtml"

func (b *book) parse(file string) (*template.Template, error) {
	page, err := b.base.Clone()
	if err != nil {
		return nil, err
	}
	own := []string{file}
	if parts := path.Join(path.Dir(file), folderParts); path.Dir(file) != "." {
		if _, err := fs.Stat(b.files, parts); err == nil {
			own = []string{parts, file}
		}
	}
	if page, err = page.ParseFS(b.files, own...); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	return page, nil
}
