// Submits the page that carries an answer to the app (OAuth 2.0 Form Post Response Mode). The button does it without script.
'use strict';
document.querySelector('form[data-submit]').submit();
