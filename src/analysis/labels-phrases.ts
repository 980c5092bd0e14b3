// The phrases that departments write on leg veins, lungs and hearts, by what they say. A table: upper-case words parted by one space, phrases by a comma.
import type { Meaning } from './labels-meaning.ts';

/** A phrase may stand in several rows and then says all of it. */
export const PHRASE_ROWS: readonly (readonly [Meaning, string])[] = [
  [{ side: 'left' }, 'L, LT, LEFT, LLE, LT LE, LEFT LOWER, LINKS, GAUCHE, IZQ, IZDA, IZQDA, IZQUIERDA, IZQUIERDO, SINISTRA'],
  [{ side: 'right' }, 'R, RT, RIGHT, RLE, RT LE, RIGHT LOWER, RECHTS, DROIT, DROITE, DCHA, DRCHA, DERECHA, DERECHO, DESTRA'],
  // Leg veins.
  [
    { vein: 'CFV' },
    'CFV, VFC, COMMON FEMORAL, COMMON FEM, COM FEM, COM FEMORAL, COMM FEM, COMMON FEMORAL V, COMMON FEMORAL VEIN',
  ],
  [{ vein: 'CFV' }, 'VENA FEMORALIS COMMUNIS, V FEMORALIS COMMUNIS'],
  [{ vein: 'CFV', landmark: 'SFJ' }, 'CFV SFJ, SFJ CFV, CFV AT SFJ, CFV GSV, CFV GSV JUNCTION'],
  [{ vein: 'FV' }, 'FV, SFV, VFS, FEM, FEMV, FEMORAL, FEMORALV, FEM V, FEM VEIN, FEMORAL V, FEMORAL VEIN, V FEMORALIS'],
  [{ vein: 'FV' }, 'SUPERFICIAL FEMORAL, SUPERFICIAL FEMORAL VEIN, SUP FEM, SUP FEMORAL, SUPF FEM'],
  [{ vein: 'POP' }, 'POP, POPV, POPLITEAL, POPLITEALV, POP V, POP VEIN, POPLITEAL V, POPLITEAL VEIN, V POPLITEA, VPOP'],
  [{ vein: 'other' }, 'SSV, SPJ, PTV, ATV, PERO, PERONEAL, GASTROC, SOLEAL, EIV, CIV, IVC, ILIAC, SMALL SAPHENOUS'],
  [{ vein: 'other' }, 'DFV, PFV, PROFUNDA, PROFUNDA FEM, PROFUNDA FEMORIS, DEEP FEMORAL, DEEP FEM, DEEP FEMORAL VEIN'],
  [
    { vein: 'other' },
    'CFA, SFA, DFA, PFA, POPA, FEM A, FEM ART, FEM ARTERY, FEMORAL A, FEMORAL ART, FEMORAL ARTERY, POP A, POP ART, POP ARTERY',
  ],
  [
    { vein: 'other' },
    'COMMON FEMORAL ARTERY, COM FEM ART, SUPERFICIAL FEMORAL ARTERY, POPLITEAL A, POPLITEAL ART, POPLITEAL ARTERY',
  ],
  // The junction comes before its tributary: "SFJ GSV" is how departments write the junction.
  [{ vein: 'other', landmark: 'SFJ' }, 'SFJ, SAPHENOFEMORAL, SAPHENO FEMORAL, SAPHENOFEMORAL JUNCTION, SAPHENO FEMORAL JUNCTION'],
  [{ vein: 'other', landmark: 'SFJ' }, 'SFJ GSV, GSV SFJ, GSV AT SFJ, GSV AT THE SFJ'],
  [{ vein: 'other', landmark: 'GSV' }, 'GSV, LSV, VSM, GREAT SAPHENOUS, GREATER SAPHENOUS, LONG SAPHENOUS, GREAT SAPHENOUS VEIN'],
  [{ orientation: 'transverse' }, 'TRANS, TRANSVERSE, TRV, TRN, TX, SAX, SHORT AXIS'],
  [{ orientation: 'longitudinal' }, 'LONG, LONGITUDINAL, LG, LAX, SAG, SAGITTAL, LONG AXIS'],
  [{ compression: true }, 'COMP, COMPR, COMPRESS, COMPRESSED, COMPRESSION, W COMP, W COMPRESSION, WITH COMP, WITH COMPRESSION'],
  [{ compression: false }, 'W O COMP, W O COMPRESSION, WO COMP, WO COMPRESSION, WITHOUT COMP, WITHOUT COMPRESSION'],
  [{ compression: false }, 'NO COMP, NO COMPRESSION, NON COMP, NON COMPRESSED, NON COMPRESSION, NONCOMPRESSED, UNCOMPRESSED'],
  // Lung areas.
  [{ surface: 'posterior' }, 'POST, POSTERIOR, DORSAL, BACK, PARAVERTEBRAL'],
  [{ surface: 'lateral' }, 'LAT, LATERAL, AXILLARY'],
  [{ surface: 'anterior' }, 'ANT, ANTERIOR, VENTRAL, FRONT'],
  [{ height: 'basal' }, 'BASAL, BASE, LOWER, INF, INFERIOR, LEFT LOWER, RIGHT LOWER'],
  [{ height: 'middle' }, 'MIDDLE, MID, MEDIUM'],
  [{ height: 'upper' }, 'UPPER, APICAL, APEX, SUP, SUPERIOR'],
  // Echo views.
  [{ echoView: 'A4C' }, 'A4C, A4CH, AP4, AP4C, AP4CH, 4C, 4CH, 4 CH, 4CV, A4 CHAMBER, AP 4, AP 4C, AP 4CH, APICAL 4, APICAL 4C'],
  [{ echoView: 'A4C' }, '4 CHAMBER, FOUR CHAMBER, APICAL 4 CHAMBER, APICAL FOUR CHAMBER, AP 4 CHAMBER, APICAL 4 CH, APICAL4CH'],
  [{ echoView: 'A4C' }, 'APICAL 4CH'],
  [{ echoView: 'A2C' }, 'A2C, A2CH, AP2, AP2C, AP2CH, 2C, 2CH, 2 CH, 2CV, A2 CHAMBER, AP 2, AP 2C, AP 2CH, APICAL 2, APICAL 2C'],
  [{ echoView: 'A2C' }, '2 CHAMBER, TWO CHAMBER, APICAL 2 CHAMBER, APICAL TWO CHAMBER, AP 2 CHAMBER, APICAL 2 CH, APICAL2CH'],
  [{ echoView: 'A2C' }, 'APICAL 2CH'],
  [{ echoView: 'PLAX' }, 'PLAX, PLA, PSLAX, PSLA, PLX, PS LAX, PARASTERNAL LAX, PARASTERNAL LONG, PARASTERNAL LONG AXIS'],
  [{ echoView: 'PLAX' }, 'LONG PARASTERNAL'],
  [
    { echoView: 'other' },
    'PSAX, PSSAX, SAX, PSA, PS SAX, PARASTERNAL SAX, PARASTERNAL SHORT, PARASTERNAL SHORT AXIS, SHORT AXIS',
  ],
  [{ echoView: 'other' }, 'A3C, A3CH, AP3, AP3C, 3CH, 3 CHAMBER, APLAX, APICAL 3, APICAL 3 CHAMBER, APICAL THREE CHAMBER'],
  [
    { echoView: 'other' },
    'APICAL LONG AXIS, A5C, A5CH, AP5, AP5C, 5CH, 5 CHAMBER, APICAL 5, APICAL 5 CHAMBER, APICAL FIVE CHAMBER',
  ],
  [{ echoView: 'other' }, 'SC4C, SC 4C, SC 4CH, SUBCOSTAL, SUBC, SUBXIPHOID, SUBCOSTAL 4C, SUBCOSTAL 4CH, SUBCOSTAL 4 CHAMBER'],
  [{ echoView: 'other' }, 'SUBCOSTAL FOUR CHAMBER, SUBCOSTAL LONG AXIS, SUBCOSTAL SHORT AXIS, IVC, SSN, SUPRASTERNAL'],
  [{ echoView: 'other' }, 'SUPRASTERNAL NOTCH, RVIT, RVOT, RV INFLOW, RV OUTFLOW, RV FOCUSED, RV FOCUS, PLAX RV INFLOW, RVF'],
  [{ echoView: 'other' }, 'PARASTERNAL LONG AXIS RV INFLOW'],
];
