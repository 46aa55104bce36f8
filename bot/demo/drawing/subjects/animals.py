"""The animals and people of the demo painter, each on its sheet; see `shapes`."""

from bot.demo.drawing.subjects.shapes import Fill, Shape, curve, dot, flat, pair

FOX: tuple[Shape, ...] = (
    curve(Fill.MAIN, "56,94 78,97 95,86 99,66 91,50 83,58 83,70 75,80 60,82"),
    curve(Fill.PALE, "99,66 91,49 83,58 84,67 91,64"),
    curve(Fill.MAIN, "50,40 63,58 70,82 66,98 50,100 34,98 30,82 37,58"),
    curve(Fill.PALE, "50,50 58,62 55,82 50,88 45,82 42,62"),
    curve(Fill.SHADE, "43,86 46,98 40,100 36,97 38,88"),
    curve(Fill.SHADE, "57,86 54,98 60,100 64,97 62,88"),
    *pair(flat(Fill.MAIN, "24,30 26,2 48,20"), flat(Fill.INK, "28,19 29,8 37,16")),
    flat(Fill.MAIN, "22,30 36,16 50,13 64,16 78,30 66,46 50,58 34,46"),
    *pair(curve(Fill.PALE, "21,30 34,36 46,44 50,58 38,52 27,42"), dot(Fill.INK, "40,34", "2.6,3.2")),
    dot(Fill.INK, "50,55", "3.6,3"),
)

CAT: tuple[Shape, ...] = (
    curve(Fill.MAIN, "62,92 82,92 90,78 86,62 90,50 96,52 94,66 98,80 90,96 70,100"),
    curve(Fill.MAIN, "50,42 64,58 70,84 66,98 50,100 34,98 30,84 36,58"),
    curve(Fill.PALE, "50,54 57,64 56,78 50,84 44,78 43,64"),
    *pair(curve(Fill.SHADE, "44,86 46,98 41,100 37,97 39,88")),
    *pair(flat(Fill.MAIN, "26,30 28,6 46,20"), flat(Fill.SHADE, "30,21 31,12 38,18")),
    curve(Fill.MAIN, "50,15 66,18 76,34 68,48 50,53 32,48 24,34 34,18"),
    *pair(
        flat(Fill.SHADE, "46,16 48,16 48,24 47,24"),
        dot(Fill.LAMP, "40,33", "4.4,4.6"),
        dot(Fill.INK, "40,33", "1.6,4.2"),
    ),
    curve(Fill.PALE, "50,40 58,44 50,50 42,44"),
    flat(Fill.INK, "47,40 53,40 50,44"),
    *pair(flat(Fill.INK, "40,43 22,40 22,40.8 40,44"), flat(Fill.INK, "40,45 23,46.5 23,47.2 40,46")),
)

DOG: tuple[Shape, ...] = (
    curve(Fill.MAIN, "64,90 80,84 88,70 94,66 95,72 88,88 72,97"),
    curve(Fill.MAIN, "50,40 65,58 70,84 66,98 50,100 34,98 30,84 35,58"),
    curve(Fill.PALE, "50,52 58,64 56,84 50,90 44,84 42,64"),
    *pair(curve(Fill.SHADE, "44,84 46,98 40,100 36,97 38,88")),
    curve(Fill.MAIN, "50,12 66,17 72,32 66,46 50,52 34,46 28,32 34,17"),
    *pair(curve(Fill.SHADE, "36,14 26,16 18,32 20,46 28,48 32,34"), dot(Fill.INK, "41,30", "2.6,3.2")),
    curve(Fill.PALE, "50,30 56,38 60,46 50,54 40,46 44,38"),
    dot(Fill.INK, "50,40", "4.4,3.2"),
    flat(Fill.SHADE, "36,54 64,54 63,58 37,58"),
    dot(Fill.LAMP, "50,60", "3,3"),
)

RABBIT: tuple[Shape, ...] = (
    dot(Fill.PALE, "71,90", "7,7"),
    *pair(
        curve(Fill.MAIN, "40,40 34,26 30,8 35,1 42,8 46,26 47,38"), curve(Fill.SHADE, "40,34 36,22 34,9 39,12 42,30")
    ),
    curve(Fill.MAIN, "50,52 66,64 72,86 66,98 50,100 34,98 28,86 34,64"),
    curve(Fill.PALE, "50,66 60,76 58,92 50,96 42,92 40,76"),
    curve(Fill.MAIN, "50,32 66,36 70,50 62,62 50,65 38,62 30,50 34,36"),
    *pair(dot(Fill.INK, "41,47", "2.6,3.4"), dot(Fill.PALE, "46,56", "5,4"), dot(Fill.SHADE, "40,98", "7,3")),
    flat(Fill.INK, "47.5,52 52.5,52 50,55"),
)

PANDA: tuple[Shape, ...] = (
    *pair(dot(Fill.INK, "33,94", "13,8")),
    curve(Fill.PALE, "50,44 70,54 78,78 70,96 50,100 30,96 22,78 30,54"),
    curve(Fill.INK, "50,46 66,49 76,60 66,62 50,57 34,62 24,60 34,49"),
    *pair(curve(Fill.INK, "30,52 18,64 20,80 29,82 32,68 38,60")),
    *pair(dot(Fill.INK, "29,14", "10,10"), dot(Fill.INK, "30,95", "9,7")),
    curve(Fill.PALE, "50,8 68,12 78,28 70,44 50,50 30,44 22,28 30,12"),
    *pair(
        curve(Fill.INK, "36,22 44,24 43,33 35,38 29,33"),
        dot(Fill.PALE, "38.6,29", "2.6,2.6"),
        dot(Fill.INK, "39,29", "1.3,1.3"),
    ),
    dot(Fill.INK, "50,38", "4,2.6"),
    flat(Fill.MAIN, "86,100 88,100 93,52 91,52"),
    curve(Fill.MAIN, "91,56 98,46 99,54"),
    curve(Fill.MAIN, "91,60 80,52 81,60"),
)

BIRD: tuple[Shape, ...] = (
    curve(Fill.MAIN, "50,58 38,42 22,32 4,34 20,38 34,50 46,66 50,70 54,66 66,50 80,38 96,34 78,32 62,42"),
    curve(Fill.SHADE, "50,56 54,62 52,74 50,80 48,74 46,62"),
)

WHALE: tuple[Shape, ...] = (
    curve(Fill.MAIN, "4,66 14,46 38,38 62,48 78,62 84,54 82,42 88,46 92,54 98,46 99,52 92,66 80,82 56,92 26,90 8,80"),
    curve(Fill.PALE, "5,70 20,76 44,80 62,84 50,91 26,90 9,80"),
    curve(Fill.SHADE, "40,76 52,78 58,90 48,88"),
    dot(Fill.INK, "20,64", "2,2.4"),
    curve(Fill.PALE, "36,34 33,22 24,16 18,20 25,11 35,15 37,24 39,15 49,11 56,20 50,16 41,22 38,34"),
)

BUTTERFLY: tuple[Shape, ...] = (
    *pair(
        curve(Fill.MAIN, "49,48 38,22 14,10 4,26 12,46 30,54"),
        curve(Fill.SHADE, "49,52 30,54 14,66 20,88 36,86 46,68"),
        curve(Fill.PALE, "40,40 32,26 18,20 14,30 22,42"),
        dot(Fill.LAMP, "29,70", "5,5"),
        flat(Fill.INK, "49,36 42,18 43.5,17.5 50,35"),
    ),
    curve(Fill.INK, "50,32 53,44 52,74 50,82 48,74 47,44"),
)

PERSON: tuple[Shape, ...] = (
    *pair(flat(Fill.INK, "42,72 49,72 48,100 41,100")),
    curve(Fill.MAIN, "50,30 60,34 66,60 66,80 50,83 34,80 34,60 40,34"),
    curve(Fill.SHADE, "41,36 36,48 33,64 36,72 40,64 42,50"),
    curve(Fill.SHADE, "59,36 64,48 67,64 64,72 60,64 58,50"),
    dot(Fill.INK, "50,18", "11,12"),
    curve(Fill.LAMP, "40,28 50,32 60,28 62,34 50,38 38,34"),
    curve(Fill.LAMP, "58,32 74,36 84,33 85,40 72,42 58,37"),
)
