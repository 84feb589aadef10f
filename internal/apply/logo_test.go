package apply

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// A logo stands beside the file that names it, is kept as it is drawn, and can be taken away; an SVG is refused where it is named.
func TestAFileNamesALogo(t *testing.T) {
	folder := t.TempDir()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 200, 100))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"logo.png": picture.Bytes(), "logo.svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(logo *string) (idp.Registration, error) {
		o := object[clientSpec]{spec: clientSpec{LogoFile: logo}}
		o.at.file = filepath.Join(folder, "apps.yaml")
		return registration(o, idp.Registration{Logo: []byte("stored")})
	}
	said := func(text string) *string { return &text }

	if n, err := read(nil); err != nil || string(n.Logo) != "stored" {
		t.Errorf("no word of it: %q, %v", n.Logo, err)
	}
	if n, err := read(said("")); err != nil || n.Logo != nil {
		t.Errorf("taken away: %q, %v", n.Logo, err)
	}
	n, err := read(said("logo.png"))
	if err != nil || !bytes.HasPrefix(n.Logo, []byte("\x89PNG")) || bytes.Equal(n.Logo, picture.Bytes()) {
		t.Errorf("a picture: %d bytes, %v", len(n.Logo), err)
	}
	for name, says := range map[string]string{"logo.svg": "SVG", "none.png": "no such file"} {
		if _, err := read(said(name)); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "logo_file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
