package authenticator_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

// zbarimg is the independent reader.
func zbarimg(t *testing.T, picture []byte) string {
	t.Helper()
	read := exec.Command("zbarimg", "--quiet", "--raw", "-Sbinary", "png:-")
	read.Stdin = bytes.NewReader(picture)
	out, err := read.Output()
	if err != nil {
		t.Fatalf("zbarimg (package zbar-tools): %v", err)
	}
	return string(out)
}

func TestQRCodeIsReadByAnIndependentReader(t *testing.T) {
	key := authenticator.NewTOTPKey()
	for name, account := range map[string]string{
		"usual":   "jane@harbour-finch.example",
		"longest": strings.Repeat("j", 242) + "@example.com",
		"Unicode": "zoë@harbour-finch.example",
	} {
		t.Run(name, func(t *testing.T) {
			link := authenticator.TOTPLink("APS ID", account, key)
			picture, err := authenticator.QRCode(link)
			if err != nil {
				t.Fatal(err)
			}
			if got := zbarimg(t, picture); got != link {
				t.Errorf("read  %q\nwrote %q", got, link)
			}
		})
	}
}

func TestQRCodeIsLargeCrispAndHasAQuietZone(t *testing.T) {
	encoded, err := authenticator.QRCode(authenticator.TOTPLink("APS ID", "jane@harbour-finch.example", authenticator.NewTOTPKey()))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	side := picture.Bounds().Dx()
	if side < 240 || side != picture.Bounds().Dy() {
		t.Errorf("%v: want a square of at least 240 pixels", picture.Bounds())
	}
	dark := darkArea(picture)
	finder := 0 // the top edge of the finder pattern is seven dark modules
	for x := dark.Min.X; isDark(picture, x, dark.Min.Y); x++ {
		finder++
	}
	dot := finder / 7
	if dot < 4 || finder%7 != 0 || dark.Dx()%dot != 0 {
		t.Errorf("finder pattern of %d pixels in a symbol of %d: modules are not whole pixels", finder, dark.Dx())
	}
	if want := image.Rect(4*dot, 4*dot, side-4*dot, side-4*dot); dark != want {
		t.Errorf("symbol at %v, want %v: four modules of quiet zone", dark, want)
	}
}

func darkArea(picture image.Image) image.Rectangle {
	var area image.Rectangle
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if isDark(picture, x, y) {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return area
}

func isDark(picture image.Image, x, y int) bool {
	return color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y == 0
}

func TestLinkTooLongForAQRCode(t *testing.T) {
	link := authenticator.TOTPLink("APS ID", strings.Repeat("x", 5000), idp.NewSecret("JBSWY3DPEHPK3PXP"))
	if _, err := authenticator.QRCode(link); err == nil {
		t.Error("no error")
	}
}

func BenchmarkQRCode(b *testing.B) {
	link := authenticator.TOTPLink("APS ID", "jane@harbour-finch.example", authenticator.NewTOTPKey())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := authenticator.QRCode(link); err != nil {
			b.Fatal(err)
		}
	}
}
