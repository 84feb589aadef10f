package policy

import "strconv"

// isDate finds a day written with eight digits (ddmmyyyy, mmddyyyy, yyyymmdd) or with six (ddmmyy, mmddyy, yymmdd): the
// birthdays and anniversaries that an attacker who knows the owner tries first.
func isDate(pin string) bool {
	const full, short = 8, 6
	switch len(pin) {
	case full:
		return isYear(pin[4:]) && isDayAndMonth(pin[:4]) || isYear(pin[:4]) && isDayAndMonth(pin[4:])
	case short:
		return isDayAndMonth(pin[:4]) || isDayAndMonth(pin[2:])
	default:
		return false
	}
}

// isTwoYears finds two years one after the other: 19852010.
func isTwoYears(pin string) bool { return len(pin) == 8 && isYear(pin[:4]) && isYear(pin[4:]) }

func isYear(digits string) bool {
	const first, last = 1900, 2099
	year, err := strconv.Atoi(digits)
	return err == nil && year >= first && year <= last
}

// isDayAndMonth takes four digits, in either order.
func isDayAndMonth(digits string) bool {
	return isDay(digits[:2], digits[2:]) || isDay(digits[2:], digits[:2])
}

func isDay(day, month string) bool {
	d, dayErr := strconv.Atoi(day)
	m, monthErr := strconv.Atoi(month)
	if dayErr != nil || monthErr != nil || m < 1 || m > 12 {
		return false
	}
	return d >= 1 && d <= daysIn(m)
}

// daysIn returns 29 for February: without the year, it may be a leap year.
func daysIn(month int) int {
	switch month {
	case 2:
		return 29
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}
