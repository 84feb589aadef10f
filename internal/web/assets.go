package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apscloud/apsid/templates"
)

const assetsPrefix = "/static/"

// tokensFile holds the values that every stylesheet takes by name. It is served at the head of each, so that a page waits for one
// stylesheet and not for two.
const tokensFile = "tokens.css"

// Assets serves the static files under names that change with their content, so that browsers may keep them for good and
// an upgrade is seen at once.
type Assets struct {
	paths map[string]string // by file name: "app.css"
	files map[string]asset  // by path
}

type asset struct {
	contentType string
	content     []byte
	zipped      []byte // the same by gzip; nil: not smaller
}

// NewAssets reads and names the files.
func NewAssets() (*Assets, error) {
	files, err := templates.Static()
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	a := &Assets{paths: make(map[string]string), files: make(map[string]asset)}
	tokens, err := fs.ReadFile(files, tokensFile)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.Name() == tokensFile {
			continue
		}
		content, err := fs.ReadFile(files, entry.Name())
		if err != nil {
			return nil, err
		}
		if path.Ext(entry.Name()) == ".css" {
			content = slices.Concat(tokens, content)
		}
		if err := a.add(entry.Name(), content); err != nil {
			return nil, err
		}
	}
	return a, a.join(files, passkeyScript, "enhance.js", "passkey.js")
}

// passkeyScript is what a page of the sign-in that asks for passkeys waits for, instead of two scripts.
const passkeyScript = "enhance-passkey.js"

// join adds a file of several.
func (a *Assets) join(files fs.FS, name string, parts ...string) error {
	var whole []byte
	for _, part := range parts {
		content, err := fs.ReadFile(files, part)
		if err != nil {
			return err
		}
		whole = append(whole, content...)
	}
	return a.add(name, whole)
}

func (a *Assets) add(name string, content []byte) error {
	extension := path.Ext(name)
	contentType := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
	}[extension]
	if contentType == "" {
		return fmt.Errorf("static file %s: no content type for %q", name, extension)
	}
	sum := sha256.Sum256(content)
	address := assetsPrefix + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	a.paths[name] = address
	zipped, err := zip(content)
	a.files[address] = asset{contentType: contentType, content: content, zipped: zipped}
	return err
}

// zip returns nil for content that does not get smaller. Only public files are zipped: where a secret stands beside what others choose,
// the length would tell it (CRIME, BREACH).
func zip(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil || out.Len() >= len(content) {
		return nil, err
	}
	return out.Bytes(), nil
}

// Path returns the address of the file; an error for one that does not exist, so that a page can't refer to it.
func (a *Assets) Path(name string) (string, error) {
	address, ok := a.paths[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return address, nil
}

// serve answers with the file at the request's path, and passes any other request to otherwise.
func (a *Assets) serve(otherwise http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := a.files[r.URL.Path]
		if !ok {
			otherwise.ServeHTTP(w, r)
			return
		}
		serveAsset(w, r, file)
	})
}

// serveAsset answers with a file whose address changes with it.
func serveAsset(w http.ResponseWriter, r *http.Request, file asset) {
	h, content := w.Header(), file.content
	h.Set("Content-Type", file.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if file.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			content = file.zipped
		}
	}
	if r.Header.Get("Range") != "" {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		return
	}
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) // an error means that the caller has gone; net/http sends no body after HEAD
}

// takesGzip reports whether the request names gzip and does not refuse it (RFC 9110, section 12.5.3). A part of a file is never zipped.
func takesGzip(r *http.Request) bool {
	if r.Header.Get("Range") != "" {
		return false
	}
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if name == "gzip" {
			return weight == "" || strings.Trim(weight, "q=0.") != ""
		}
	}
	return false
}
