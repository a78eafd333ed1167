-- Names are searched as everywhere: `searched` is compared without brackets and look-alikes (O/0, I/1, Z/2, S/5), and
-- `grams` are its pairs of neighbouring characters, with tokens of the region.
ALTER TABLE agency RENAME COLUMN compared TO searched;
UPDATE agency SET searched = translate(searched, 'oizs()', '0125');

ALTER TABLE institution RENAME COLUMN compared TO searched;
ALTER TABLE institution RENAME COLUMN pairs TO grams;
ALTER INDEX institution_pairs RENAME TO institution_grams;
UPDATE institution SET searched = translate(searched, 'oizs()', '0125') WHERE searched IS NOT NULL;
UPDATE institution SET grams = ARRAY[
        'r' || left(region, 2), 'r' || left(region, 4), 'r' || region
    ] || ARRAY(SELECT DISTINCT substr(searched, place, 2) FROM generate_series(1, length(searched) - 1) AS place)
WHERE searched IS NOT NULL;
