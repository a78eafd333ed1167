-- Titles are searched as everywhere: compared without brackets and look-alikes (O/0, I/1, Z/2, S/5). `grams` follow.
UPDATE review_case SET searched = translate(searched, 'oizs()', '0125') WHERE searched ~ '[oizs()]';
