package brand_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/brand"
)

func picture(width, height int, at func(x, y int) color.Color) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.Set(x, y, at(x, y))
		}
	}
	return p
}

func pngOf(t *testing.T, p image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func plain(c color.Color) func(x, y int) color.Color { return func(int, int) color.Color { return c } }

func TestALogoIsMadeAnewOfItsPixelsAlone(t *testing.T) {
	teal := color.NRGBA{0x0b, 0x57, 0x61, 0x80}
	var asJPEG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, picture(300, 200, plain(teal)), nil); err != nil {
		t.Fatal(err)
	}
	const hidden = "<script>alert(1)</script>"
	for name, row := range map[string]struct {
		data          []byte
		width, height int
	}{
		"small":                 {pngOf(t, picture(10, 20, plain(teal))), 10, 20},
		"large, made smaller":   {pngOf(t, picture(400, 200, plain(teal))), 96, 48},
		"a JPEG":                {asJPEG.Bytes(), 96, 64},
		"a line":                {pngOf(t, picture(2048, 1, plain(teal))), 96, 1},
		"words after the end":   {append(pngOf(t, picture(10, 20, plain(teal))), hidden...), 10, 20},
		"words in a text chunk": {withChunk(pngOf(t, picture(10, 20, plain(teal))), "tEXt", "Comment\x00"+hidden), 10, 20},
	} {
		made, err := brand.Logo(row.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(made, []byte("script")) {
			t.Errorf("%s: what was hidden in the file is still there", name)
		}
		p, err := png.Decode(bytes.NewReader(made))
		if err != nil || p.Bounds().Dx() != row.width || p.Bounds().Dy() != row.height {
			t.Errorf("%s: %v %v", name, p.Bounds(), err)
		}
		again, err := brand.Logo(made)
		if err != nil || !bytes.Equal(made, again) {
			t.Errorf("%s: a second time it comes out otherwise (%v)", name, err)
		}
	}
	kept, err := brand.Logo(pngOf(t, picture(400, 200, plain(teal))))
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(kept))
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, a := p.At(50, 20).RGBA()
	wr, wg, wb, wa := teal.RGBA()
	for i, each := range [][2]uint32{{r, wr}, {g, wg}, {b, wb}, {a, wa}} {
		if d := int(each[0]) - int(each[1]); d > 0x200 || d < -0x200 {
			t.Errorf("channel %d is %d, not %d", i, each[0], each[1])
		}
	}
}

// What a hostile registration could bring.
func TestALogoThatIsNoneIsRefused(t *testing.T) {
	good := pngOf(t, picture(64, 64, plain(color.Black)))
	noise := rand.New(rand.NewPCG(1, 2))
	for name, row := range map[string]struct {
		data []byte
		says string
	}{
		"nothing":                     {nil, "PNG or JPEG"},
		"an SVG":                      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "SVG"},
		"an SVG behind a declaration": {[]byte("<?xml version=\"1.0\"?>\n<svg/>"), "SVG"},
		"a GIF":                       {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "PNG or JPEG"},
		"a WebP":                      {[]byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "PNG or JPEG"},
		"a page":                      {[]byte("<!doctype html><script>alert(1)</script>"), "PNG or JPEG"},
		"the beginning of a PNG":      {good[:len(good)/2], "can't be read"},
		"the signature of a PNG":      {[]byte("\x89PNG\r\n\x1a\n<script>"), "can't be read"},
		"the beginning of a JPEG":     {[]byte("\xff\xd8\xff\xe0<script>"), "can't be read"},
		"more pixels than it has":     {sized(good, 60000, 60000), "2048 pixels"},
		"as wide as numbers go":       {sized(good, 1<<31-1, 1), "2048 pixels"},
		"one pixel too wide":          {pngOf(t, picture(2049, 1, plain(color.Black))), "2048 pixels"},
		"too many bytes":              {append(good, make([]byte, 1<<20)...), "1 MB"},
		"noise": {pngOf(t, picture(96, 96, func(int, int) color.Color {
			return color.NRGBA{uint8(noise.Uint32()), uint8(noise.Uint32()), uint8(noise.Uint32()), 255}
		})), "detail"},
	} {
		made, err := brand.Logo(row.data)
		if err == nil || made != nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %d bytes, %v", name, len(made), err)
		}
	}
}

func withChunk(file []byte, kind, content string) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	chunk = append(append(chunk, kind...), content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 25 // the signature and IHDR
	return append(append(bytes.Clone(file[:header]), chunk...), file[header:]...)
}

// sized is the file with another size in its header, as a decompression bomb has.
func sized(file []byte, width, height uint32) []byte {
	bomb := bytes.Clone(file)
	binary.BigEndian.PutUint32(bomb[16:], width)
	binary.BigEndian.PutUint32(bomb[20:], height)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	return bomb
}

func TestAnAccentIsAColourWithContrastAndNothingElse(t *testing.T) {
	for _, good := range []string{"#0b5761", "#000000", "#767676", "#b00020"} {
		c, err := brand.ParseAccent(good)
		if err != nil || c.String() != good {
			t.Errorf("%s: %s, %v", good, c, err)
		}
	}
	for bad, says := range map[string]string{
		"#fff": "a colour like", "": "a colour like", "red": "a colour like", "#0B5761": "small letters", "#0b57611": "a colour like", " #0b5761": "a colour like",
		"#0b5761\n": "a colour like", "#0b5761;}*{background:url(//evil)": "a colour like", "url(x)": "a colour like", "var(--a)": "a colour like",
		"#777777": "needs 4.5:1", "#ffffff": "needs 4.5:1", "#ffd400": "#",
	} {
		if _, err := brand.ParseAccent(bad); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// The colour that a refusal proposes is one that is taken.
func TestARefusedAccentComesWithOneThatWouldDo(t *testing.T) {
	for _, light := range []string{"#ffffff", "#ffd400", "#777777", "#00ff00"} {
		_, err := brand.ParseAccent(light)
		if err == nil {
			t.Fatalf("%s was taken", light)
		}
		proposal := err.Error()[strings.LastIndex(err.Error(), "#"):][:7]
		if _, err := brand.ParseAccent(proposal); err != nil {
			t.Errorf("%s: %s is proposed, and refused: %v", light, proposal, err)
		}
	}
}

func TestAnAccentWorksInBothLights(t *testing.T) {
	darkCard, err := brand.ParseColour("#182124")
	if err != nil {
		t.Fatal(err)
	}
	for _, accent := range []string{"#000000", "#0b5761", "#b00020", "#1a0033", "#767676", "#0000ff"} {
		c, err := brand.ParseAccent(accent)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.ForDark().Contrast(darkCard); got < 4.5 {
			t.Errorf("%s becomes %s in dark: %.2f:1", accent, c.ForDark(), got)
		}
		css := string(c.Stylesheet())
		if !strings.Contains(css, "--app:"+accent+";") || !strings.Contains(css, "--app:"+c.ForDark().String()+";") || strings.Count(css, "{") != strings.Count(css, "}") {
			t.Errorf("%s: %s", accent, css)
		}
	}
}
