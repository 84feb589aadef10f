package importer

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Encoding is how the characters of a file are written.
type Encoding string

// The encodings that spreadsheets write.
const (
	UTF8        Encoding = "UTF-8"
	UTF16       Encoding = "UTF-16"
	Windows1252 Encoding = "Windows-1252"
)

// decode finds out how a file is written: by its byte order mark, by the zero bytes of UTF-16, and otherwise as UTF-8 if it is that.
// What is left is what Excel writes on Windows.
func decode(file []byte) (string, Encoding) {
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xfe")):
		return decode16(file[2:], binary.LittleEndian), UTF16
	case bytes.HasPrefix(file, []byte("\xfe\xff")):
		return decode16(file[2:], binary.BigEndian), UTF16
	case len(file) > 3 && file[1] == 0 && file[3] == 0:
		return decode16(file, binary.LittleEndian), UTF16
	case len(file) > 3 && file[0] == 0 && file[2] == 0:
		return decode16(file, binary.BigEndian), UTF16
	case utf8.Valid(file):
		return string(file), UTF8
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(file)
	if err != nil { // can't happen: every byte stands for something
		return strings.ToValidUTF8(string(file), "\ufffd"), Windows1252
	}
	return string(text), Windows1252
}

func decode16(file []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(file)/2)
	for i := range units {
		units[i] = order.Uint16(file[2*i:])
	}
	return string(utf16.Decode(units))
}
