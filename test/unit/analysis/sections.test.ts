import { describe, expect, test } from '@jest/globals';
import { cinesBesideStills, sectionsOf } from '../../../src/analysis/sections.ts';
import { clip } from './clips.ts';

describe('vein sections', () => {
  test('come as left, right, unknown and CFV, FV, POP, unknown, each with its images in acquisition order', () => {
    const sections = sectionsOf(
      [
        clip({ seriesDescription: 'RT POP', sopInstanceUid: '2.25.9' }),
        clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.5', instanceNumber: 7 }),
        clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.6', instanceNumber: 2 }),
        clip({ sopInstanceUid: '2.25.7' }),
        clip({ seriesDescription: 'LT CFV', sopInstanceUid: '2.25.8' }),
      ],
      17,
    );
    expect(sections.map(({ side, vein }) => `${side} ${vein}`)).toEqual(['left CFV', 'left FV', 'right POP', 'unknown unknown']);
    expect(sections[1]?.picks.map(({ clip: { input } }) => input.header.instanceNumber)).toEqual([2, 7]);
  });

  test('the order of arrival does not change a section', () => {
    const clips = Array.from({ length: 12 }, (_, index) =>
      clip({ seriesDescription: 'LT FV', sopInstanceUid: `2.25.${index + 10}` }, [4, 0, 2]),
    );
    const places = (list: typeof clips) =>
      sectionsOf(list, 17)[0]?.picks.map((pick) => `${pick.clip.input.header.sopInstanceUid}/${pick.frame}`);
    expect(places([...clips].reverse())).toEqual(places(clips));
  });

  test('never holds more keyframes than the model takes, and says how many were left out', () => {
    const stills = Array.from({ length: 20 }, (_, index) =>
      clip({ seriesDescription: 'LT FV', sopInstanceUid: `2.25.${index + 10}` }),
    );
    const [section] = sectionsOf(stills, 17);
    expect(section?.picks).toHaveLength(17);
    expect(section?.notes).toEqual([
      '17 of 20 distinct frames were looked at: images evenly chosen, of a cine the frames that differ most.',
    ]);
  });

  test('a cine shares the budget with stills; its frames come in their order', () => {
    const [section] = sectionsOf(
      [
        clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.1' }),
        clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.2' }, [20, 3, 11, 7]),
      ],
      3,
    );
    expect(section?.picks.map(({ frame }) => frame)).toEqual([0, 3, 20]);
  });

  test('a long cine alone gives as many keyframes as the model takes, beside stills no more than eight', () => {
    const frames = Array.from({ length: 17 }, (_, index) => index * 2);
    const cine = clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.2' }, frames);
    const still = clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.1' });
    expect(sectionsOf([cine], 17)[0]?.picks).toHaveLength(17);
    expect(sectionsOf([still, cine], 17)[0]?.picks.map((pick) => pick.clip === still)).toEqual([true, ...Array(8).fill(false)]);
  });

  test('cines are told apart where the section has stills too, and not where it has none', () => {
    const cine = (uid: string) => clip({ seriesDescription: 'LT FV', sopInstanceUid: uid }, [0, 9]);
    const still = clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.2' });
    const told = (clips: readonly (typeof still)[]) => cinesBesideStills(sectionsOf(clips, 17)[0]?.picks ?? []);
    expect(told([cine('2.25.1'), still, cine('2.25.3')])).toEqual([0, 0, null, 1, 1]);
    expect(told([cine('2.25.1'), cine('2.25.3')])).toEqual([null, null, null, null]);
    expect(told([still])).toEqual([null]);
  });

  test('lossy keyframes are noted, and a section is as sure of its label as its least sure image', () => {
    const [section] = sectionsOf(
      [
        clip({ laterality: 'L', bodyPartExamined: 'FEMORALV' }),
        clip({ seriesDescription: 'LT FV', sopInstanceUid: '2.25.8' }, [0], true),
      ],
      17,
    );
    expect([section?.sideSource, section?.veinSource]).toEqual(['description', 'description']);
    expect(section?.notes).toEqual(['Lossy compressed: 1 of 2 keyframes.']);
  });

  test('no clips give no sections', () => {
    expect(sectionsOf([], 17)).toEqual([]);
  });
});
