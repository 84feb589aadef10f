package directory_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// What is registered and what an edit brings are both kept as package brand draws them, and nothing else of the file is.
func TestALogoIsKeptAsItIsDrawn(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		var file bytes.Buffer
		if err := png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 200, 100))); err != nil {
			t.Fatal(err)
		}
		given := append(file.Bytes(), "<script>alert(1)</script>"...)
		want, err := brand.Logo(given)
		w.must(err)
		n := web()
		n.ID, n.Logo, n.Accent = "ledger", given, "#0b5761"
		made, _, err := w.RegisterClient(ctx, by(riley), n, w.now)
		w.must(err)
		stored, err := w.store.FindClient(ctx, made.ID)
		w.must(err)
		if !bytes.Equal(stored.Logo, want) || stored.Accent != "#0b5761" {
			t.Errorf("registered with %d bytes of logo and %q", len(stored.Logo), stored.Accent)
		}
		w.fresh()

		same, err := w.EditClient(ctx, by(riley), made.ID, directory.ClientEdit{Version: 1, Logo: &given}, w.now)
		w.must(err)
		if left := w.fresh(); same.Version != 1 || len(left) != 0 {
			t.Errorf("the same logo again made version %d and %+v", same.Version, left)
		}
		none, err := w.EditClient(ctx, by(riley), made.ID, directory.ClientEdit{Version: 1, Logo: to([]byte{}), Accent: to("")}, w.now)
		w.must(err)
		if none.Logo != nil || none.Accent != "" {
			t.Errorf("taken away, and still %d bytes and %q", len(none.Logo), none.Accent)
		}
		if e := w.left("edit", idp.EventClientUpdated, ""); e.Details["logo"] == "" || e.Details["accent_colour"] == "" || len(e.Details["logo"]) > 100 {
			t.Errorf("the trail says %v", e.Details)
		}
		_, err = w.EditClient(ctx, by(riley), made.ID, directory.ClientEdit{Version: 2, Accent: to("#ffd400")}, w.now)
		wantField(t, err, "accent_colour")
	})
}
