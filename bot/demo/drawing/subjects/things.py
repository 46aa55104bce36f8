"""The things of the demo painter, each on its sheet; see `shapes`."""

from bot.demo.drawing.subjects.shapes import Fill, Shape, curve, dot, flat, pair

ROBOT: tuple[Shape, ...] = (
    *pair(flat(Fill.SHADE, "36,78 46,78 46,96 36,96"), flat(Fill.INK, "32,94 47,94 47,100 32,100")),
    *pair(curve(Fill.SHADE, "30,50 20,54 16,70 21,72 26,62 32,60"), dot(Fill.INK, "18,74", "5,5")),
    curve(Fill.MAIN, "50,44 68,46 72,62 68,80 50,82 32,80 28,62 32,46"),
    curve(Fill.PALE, "50,54 60,55 61,70 50,72 39,70 40,55"),
    dot(Fill.LAMP, "50,63", "5,5"),
    flat(Fill.INK, "49,4 51,4 51,14 49,14"),
    dot(Fill.LAMP, "50,4", "4,4"),
    curve(Fill.MAIN, "50,12 68,13 74,26 68,40 50,42 32,40 26,26 32,13"),
    curve(Fill.INK, "50,18 64,19 68,27 64,35 50,36 36,35 32,27 36,19"),
    *pair(dot(Fill.LAMP, "42,27", "4,5"), flat(Fill.SHADE, "22,20 26,20 26,34 22,34")),
)

BOAT: tuple[Shape, ...] = (
    flat(Fill.INK, "48.5,6 51,6 51,82 48.5,82"),
    curve(Fill.PALE, "52,10 66,28 80,56 84,72 66,75 52,74 55,44"),
    curve(Fill.MAIN, "47,18 34,42 18,66 16,72 32,74 47,73 45,46"),
    flat(Fill.LAMP, "51,6 66,9 51,13"),
    curve(Fill.SHADE, "6,80 50,83 96,79 88,94 74,100 28,100 14,93"),
    flat(Fill.PALE, "10,85 92,84 91,87 12,88"),
)

HOUSE: tuple[Shape, ...] = (
    flat(Fill.SHADE, "66,18 75,18 75,42 66,42"),
    flat(Fill.PALE, "16,48 84,48 84,100 16,100"),
    flat(Fill.SHADE, "8,52 50,14 92,52 88,58 12,58"),
    flat(Fill.MAIN, "8,50 50,12 92,50 88,54 12,54"),
    flat(Fill.MAIN, "43,70 57,70 57,100 43,100"),
    *pair(flat(Fill.INK, "21,65 37,65 37,83 21,83"), flat(Fill.LAMP, "23,67 35,67 35,81 23,81")),
    *pair(flat(Fill.INK, "28.5,67 29.5,67 29.5,81 28.5,81"), flat(Fill.INK, "23,73.5 35,73.5 35,74.5 23,74.5")),
    dot(Fill.LAMP, "50,38", "6,6"),
)

LIGHTHOUSE: tuple[Shape, ...] = (
    curve(Fill.INK, "20,100 30,92 50,90 70,92 80,100 50,102"),
    flat(Fill.PALE, "42,26 58,26 64,96 36,96"),
    flat(Fill.MAIN, "41,36 59,36 60,50 40,50"),
    flat(Fill.MAIN, "38.6,62 61.4,62 62.6,76 37.4,76"),
    flat(Fill.SHADE, "46,82 54,82 54,96 46,96"),
    flat(Fill.INK, "38,23 62,23 62,27 38,27"),
    flat(Fill.LAMP, "44,12 56,12 56,23 44,23"),
    flat(Fill.MAIN, "41,12 50,3 59,12"),
)

TREE: tuple[Shape, ...] = (
    curve(Fill.INK, "46,56 44,80 38,100 62,100 56,80 54,56"),
    curve(Fill.SHADE, "50,6 70,12 84,28 88,48 76,64 50,68 24,64 12,48 16,28 30,12"),
    curve(Fill.MAIN, "46,6 64,10 76,24 78,42 66,54 46,58 24,56 13,44 17,26 30,12"),
    *(dot(Fill.PALE, middle, "2,2") for middle in ("34,26", "56,22", "28,44", "62,42", "46,36")),
)

FLOWER: tuple[Shape, ...] = (
    curve(Fill.SHADE, "49,50 47,76 48,100 52,100 52,76 52,50"),
    curve(Fill.SHADE, "51,84 64,68 78,66 70,80"),
    curve(Fill.SHADE, "49,90 36,76 22,74 31,87"),
    *(
        curve(Fill.MAIN, petal)
        for petal in (
            "50,36 42,16 50,2 58,16", "50,36 62,18 78,14 70,29", "50,36 72,32 84,42 69,47",
            "50,36 66,50 66,66 53,54", "50,36 48,54 35,66 34,50", "50,36 32,47 16,42 28,32", "50,36 30,29 22,14 38,18",
        )
    ),
    dot(Fill.LAMP, "50,36", "9,9"),
)  # fmt: skip

ROCKET: tuple[Shape, ...] = (
    curve(Fill.LAMP, "43,82 50,100 57,82 50,78"),
    *pair(curve(Fill.MAIN, "38,54 24,70 22,86 34,80 42,78")),
    curve(Fill.PALE, "50,2 62,20 66,46 60,80 50,82 40,80 34,46 38,20"),
    curve(Fill.MAIN, "50,2 58,12 62,22 50,25 38,22 42,12"),
    dot(Fill.SHADE, "50,40", "9,9"),
    dot(Fill.LAMP, "50,40", "6,6"),
    flat(Fill.SHADE, "48,60 52,60 52,82 48,82"),
)

BALLOON: tuple[Shape, ...] = (
    flat(Fill.INK, "38,66 39.4,66 45,86 43.6,86"),
    flat(Fill.INK, "62,66 60.6,66 55,86 56.4,86"),
    curve(Fill.MAIN, "50,2 72,8 84,30 76,52 60,70 40,70 24,52 16,30 28,8"),
    curve(Fill.PALE, "50,2 66,10 72,30 66,52 57,70 43,70 34,52 28,30 34,10"),
    curve(Fill.MAIN, "50,2 56,10 59,30 56,52 53,70 47,70 44,52 41,30 44,10"),
    curve(Fill.SHADE, "43,86 57,86 56,99 44,99"),
)

KITE: tuple[Shape, ...] = (
    flat(Fill.MAIN, "50,4 74,34 50,34"),
    flat(Fill.SHADE, "50,4 26,34 50,34"),
    flat(Fill.SHADE, "74,34 50,76 50,34"),
    flat(Fill.MAIN, "26,34 50,76 50,34"),
    curve(Fill.PALE, "50,76 54,84 48,90 52,99 51,100 46,90 52,84 49,77"),
    flat(Fill.LAMP, "44,82 50,85 56,82 56,88 50,85 44,88"),
    flat(Fill.LAMP, "44,92 50,95 56,92 56,98 50,95 44,98"),
)

LANTERN: tuple[Shape, ...] = (
    flat(Fill.INK, "49.4,2 50.6,2 50.6,20 49.4,20"),
    curve(Fill.MAIN, "50,18 72,24 80,44 72,64 50,70 28,64 20,44 28,24"),
    curve(Fill.LAMP, "50,18 57,26 60,44 57,62 50,70 43,62 40,44 43,26"),
    flat(Fill.INK, "40,16 60,16 60,21 40,21"),
    flat(Fill.INK, "40,67 60,67 60,72 40,72"),
    flat(Fill.MAIN, "46,72 48,72 47,98 45,98"),
    flat(Fill.MAIN, "52,72 54,72 55,98 53,98"),
)
