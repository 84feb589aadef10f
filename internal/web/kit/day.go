package kit

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Day is the beginning of a day in the zone of the place, from the text of a date field (HTML, section 2.3.5.2); the zero time for
// an empty one. Errors: idp.CodeInvalid about field.
func Day(field, text string, place idp.Place) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, place.Location())
	if err != nil || day.Year() < 2000 || day.Year() > 2999 {
		return time.Time{}, idp.Invalid(field, "Enter a day, such as 2027-03-31.")
	}
	return day, nil
}
